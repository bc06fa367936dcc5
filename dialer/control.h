/*
 * control.h - talking to a running engine: one JSON line to DIR/engine.sock, one JSON line back
 *
 * Asks    {"ask":"status"}                 -> the document below
 *         {"ask":"drain"}                  -> {"ok":true}: no new calls, ends when the last call has ended
 *         {"ask":"pace","campaign":"NAME"} -> why it dials at this rate now (why.c):
 *             {"ok":true,"campaign":"","now_us":0,"mode":"","state":"","team":"","reason":"","sentence":"",
 *              "seats":{"in":0,"free":0,"talking":0,"wrapping":0},"calls":{by state},
 *              "estimates":{"answer_prob":0.0,"seats_free_expected":0.0,"overflow_expected":0.0},
 *              "windows":[{"name":"30 days","start_us":0,"end_us":0,"live":0,"abandoned":0,"ceiling_prob":0.03,"room":0.0,
 *                          "tightest":true}],
 *              "trunk":{"name":"","calls":0,"calls_max":0,"cps_max":0.0,"tokens":0.0,"resting_until_us":0},
 *              "minute":{"dialled":0,"answered":0,"people":0,"connected":0,"abandoned":0,"decisions":0}}
 *         anything else                    -> {"ok":false,"why":"..."}
 *         Eight askers at once; one that has not asked, or not taken its answer, is hung up on after 10 s.
 * Status  {"ok":true,"pid":1,"started_us":0,"now_us":0,"healthy":true,"draining":false,
 *          "campaigns":[{"name":"","mode":"","state":"","team":"","trunk":"","ringing":0,"answered":0,"talking":0,"dialled":0,
 *                        "live":0,"connected":0,"abandoned":0,"machines":0,"no_answer":0,"busy":0,"dead":0,"failed":0,
 *                        "abandoned_prob":0.0,"ceiling_prob":0.03,"reason":"seats","answer_prob":0.0,"overflow_expected":0.0,
 *                        "next_us":0,"empty":false,"finished":false,"why":""}],
 *          "seats":[{"login":"","name":"","team":"","state":"login|ready|talk|wrap|paused","since_us":0,"campaign":"","number":"",
 *                    "attempt":0,"fields":{},"calls":0,"wait_us":0,"talk_us":0,"wrap_us":0,"pause_us":0}],
 *          "trunks":[{"name":"","calls":0,"calls_max":0,"cps_max":0.0,"failed_streak":0,"resting_until_us":0,
 *                     "unusable_streak":0}],
 *          "sip":{counters},"media":{counters},"writer":{counters},
 *          "recordings":{"heard":0,"known":0,"entries":0,"announcements":0},
 *          "loop":{"steps":0,"late_us_max":0,"step_us_p999":0,"store_us_p999":0,"store_us_max":0}}
 *          A store that cannot be written: "healthy":false, and in "writer" "failing_since_us" and "error" (text).
 */
#ifndef OUTDIAL_DIALER_CONTROL_H
#define OUTDIAL_DIALER_CONTROL_H

#include "base/doc.h"

/*
 * Asks the engine that runs on the store in `dir`; *reply is the caller's to doc_free(). -ENOENT or -ECONNREFUSED: no engine runs
 * there; -ETIMEDOUT after 3 s; ERR_SYNTAX. A sentence in why (160 bytes).
 */
int control_ask(const char *dir, const struct doc *request, struct doc **reply, char *why);

#endif

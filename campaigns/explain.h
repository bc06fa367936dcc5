/*
 * explain.h - may this lead be dialled now, and why not
 *
 * What    The one check that claims and `outdial explain` share: it runs inside the claim's transaction, on the same data.
 */
#ifndef OUTDIAL_CAMPAIGNS_EXPLAIN_H
#define OUTDIAL_CAMPAIGNS_EXPLAIN_H

#include "campaigns/store.h"

enum claim_reason {
	CLAIM_OK,
	CLAIM_CAMPAIGN,     /* the campaign is not running */
	CLAIM_DONE,         /* the lead is finished */
	CLAIM_ACTIVE,       /* an attempt to it, or to its number, is under way */
	CLAIM_ATTEMPTS,     /* attempts used up */
	CLAIM_NOT_DUE,      /* retry delay */
	CLAIM_DNC,          /* its number is on a do-not-call list, its owner has revoked, or it is somebody else's now */
	CLAIM_WINDOW,       /* outside the calling window in one of its zones */
	CLAIM_ZONE_UNKNOWN, /* no time zone is known: means no */
	CLAIM_NO_NUMBER,    /* all its numbers are dead */
	CLAIM_LIST,         /* its list is switched off, archived or expired */
	CLAIM_FILTER,       /* the campaign's filter does not match */
	CLAIM_DNC_STALE,    /* a suppression list that covers it is older than it may be */
	CLAIM_PLACE_UNKNOWN, /* no jurisdiction is known, or none of the campaign's rule packs covers it: means no */
	CLAIM_RULES,        /* a rule pack is missing, or the ring time is outside of what the packs allow */
	CLAIM_LIMIT,        /* a rule about how often or how soon, or about who may be called */
	CLAIM_CALLER_ID,    /* no caller id may be sent to it now (callerid.h) */
	CLAIM_RESERVED,     /* its callback is due and a seat's own: the team gets it later, or never */
	CLAIM_REASONS
};

struct explanation {
	enum claim_reason reason; /* the first that holds, CLAIM_OK when it may be dialled now */
	int64_t until_us;         /* for NOT_DUE and WINDOW: when that changes, 0 otherwise */
	char e164[NUMBER_BYTES];  /* the number that would be dialled */
	char zones[160];          /* "Asia/Shanghai", or several separated by spaces */
	char local[32];           /* local time in the zone that decides: "Mon 08:59" */
	char text[640];           /* sentences for a person: rule, source of the zone, local time, what to do */
	char window[64];          /* the campaign's rule: "09:00-20:00 Mon-Sat" */
	/* "number": what its numbers say; "address": with the address; "list": the list's zone column; "": unknown */
	char zone_from[8];
	char places[100];         /* "US-FL US-NY": where it may be */
	char rule[64];            /* id of the rule that decides, "pack/id"; "campaign": its own window; "": none does */
	char source[200];         /* of that rule, with its date and mark */
	char zone[48];            /* the time zone that decides */
	char tzdata[16], zone_map[40]; /* versions of what the decision rests on */
	char packs[320];          /* "us-federal@2026-11-22#1a2b3c4d,..." */
};

/* What a claim at now_us would decide, in words. Errors of the store. */
int explain_lead(
	struct store *store, const struct campaign *campaign, const struct lead *lead, int64_t now_us, struct explanation *out);
/*
 * May an intent that waited (an agent looked at the lead) still become an INVITE at this instant: hours, rule packs and
 * suppression lists, asked again. Its own entries in the ledger do not count against it. 0, with the reason; an error of the
 * store means no.
 */
int attempt_still_allowed(struct store *store, const struct attempt *attempt, int64_t now_us, enum claim_reason *reason);
/* "by its number" or "from the list's zone column". */
const char *explain_zone_text(const struct explanation *answer);
/* "ok", "campaign", "dnc", "window", ... */
const char *claim_reason_name(enum claim_reason reason);

#endif

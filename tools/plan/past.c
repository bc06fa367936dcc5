/*
 * past.c - what a campaign's report says of its list and its seats
 */
#include "tools/plan/past.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/doc.h"
#include "base/err.h"
#include "tools/world/scenario_options.h"

#define REPORT_BYTES_MAX (1 << 20)
#define CONNECTED_MIN 30  /* fewer talks say nothing of their mean */
#define HEARD_SHARE 0.974 /* of people who would answer, those that do so before the ring time-out and are taken for people */

static struct doc *read_doc(const char *path, char *why)
{
	FILE *in = fopen(path, "re");
	char *text = malloc(REPORT_BYTES_MAX);
	struct doc *doc = NULL;
	size_t length;

	if (in && text) {
		length = fread(text, 1, REPORT_BYTES_MAX, in);
		doc = doc_parse(text, length, why, SCENARIO_WHY_BYTES);
	} else {
		snprintf(why, SCENARIO_WHY_BYTES, "cannot be read: %s", strerror(errno));
	}
	free(text);
	if (in)
		fclose(in);
	return doc;
}

static double sum(const struct doc *by, const char *const *names)
{
	double all = 0;

	for (; *names; names++)
		all += fmax(0, (double)doc_i64(by, *names, 0));
	return all;
}

static int refuse(char *why, const char *what)
{
	snprintf(why, SCENARIO_WHY_BYTES, "%s", what);
	return ERR_RANGE;
}

static int use(const struct doc *report, struct scenario *scenario, char *why)
{
	static const char *const machines[] = {"machine", "fax", "screener", "silent", NULL},
				 *const busy[] = {"busy", "rejected", NULL}, *const dead[] = {"dead_number", NULL},
				 *const talked[] = {"connected", NULL},
				 *const failed[] = {"congestion", "trunk_silent", "trunk_refused", "blocked", NULL},
				 *const void_[] = {"cancelled", "unknown_crash", NULL};
	const struct doc *attempts = doc_get(report, "attempts"), *by = attempts ? doc_get(attempts, "by_outcome") : NULL;
	const struct doc *seats = doc_get(report, "seats");
	double all, ended, connected;
	char text[512];

	if (!by || !seats)
		return refuse(why, "this is no report of a campaign (outdial report CAMPAIGN --json)");
	connected = sum(by, talked);
	all = (double)(doc_i64(attempts, "total", 0) - doc_i64(attempts, "unfinished", 0)) - sum(by, void_);
	ended = all - sum(by, failed);
	if (connected < CONNECTED_MIN || ended < connected)
		return refuse(why, "too few talks to plan from: give --answer, --talk and --wrap instead");
	snprintf(text, sizeof(text),
		"[calls]\nperson = %.6f\nmachine = %.6f\nbusy = %.6f\ndead = %.6f\nfails = %.6f\n[seats]\ntalk = %.0fms\nwrap = "
		"%.0fms\n",
		fmin(1, (double)doc_i64(report, "live", 0) / ended / HEARD_SHARE), sum(by, machines) / ended,
		sum(by, busy) / ended, sum(by, dead) / ended, sum(by, failed) / all,
		1000 * doc_real(seats, "talk_s", 0) / connected, 1000 * doc_real(seats, "wrap_s", 0) / connected);
	return scenario_add(scenario, text, why);
}

int past_read(const char *path, struct scenario *scenario, char *why)
{
	struct doc *doc = read_doc(path, why);
	int err = doc ? use(doc, scenario, why) : ERR_SYNTAX;

	doc_free(doc);
	return err;
}

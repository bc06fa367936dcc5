/* shift.c - what the agents have done, printed and as JSON */
#include "tools/seats/office.h"

#include "base/doc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void office_print_one(const char *name, const struct agent_sums *s)
{
	printf("%-12s %6u %9.1f %6u %9u %8u %12u %6u %10llu %10llu %6llu\n", name, s->logins, (double)s->login_us / 1e6, s->talks,
		s->sentences, s->replies, s->dispositions, s->pauses, (unsigned long long)s->rx_packets,
		(unsigned long long)s->tx_packets, (unsigned long long)s->rx_lost);
}

static void sums_add(struct agent_sums *into, const struct agent_sums *from)
{
	into->login_us += from->login_us;
	into->logins += from->logins;
	into->refusals += from->refusals;
	into->lost += from->lost;
	into->talks += from->talks;
	into->untoned += from->untoned;
	into->sentences += from->sentences;
	into->replies += from->replies;
	into->dispositions += from->dispositions;
	into->pauses += from->pauses;
	into->rx_packets += from->rx_packets;
	into->tx_packets += from->tx_packets;
	into->rx_lost += from->rx_lost;
	into->srtp_failed += from->srtp_failed;
}

uint32_t office_print(const struct office *office, struct agent_sums *all)
{
	uint32_t absent = 0;

	printf("%-12s %6s %9s %6s %9s %8s %12s %6s %10s %10s %6s\n", "seat", "logins", "seconds", "talks", "sentences", "replies",
		"dispositions", "pauses", "received", "sent", "lost");
	for (uint32_t i = 0; i < office->agent_count; i++) {
		const struct agent *agent = &office->agents[i];

		office_print_one(agent->login, &agent->sums);
		sums_add(all, &agent->sums);
		absent += agent->sums.logins == 0;
		if (agent->sums.logins == 0)
			fprintf(stderr, "outdial-seats: %s never logged in, last answer %d\n", agent->login,
				agent->sums.refusal_code);
	}
	office_print_one("all", all);
	printf("talks that began without a tone %u; logins refused %u; legs lost %u; SRTP failures %llu\n", all->untoned,
		all->refusals, all->lost, (unsigned long long)all->srtp_failed);
	return absent;
}

static struct doc *sums_doc(const char *login, const struct agent_sums *s)
{
	struct doc *doc = doc_object();

	doc_put_text(doc, "login", login);
	doc_put_real(doc, "seconds", (double)s->login_us / 1e6);
	doc_put_i64(doc, "logins", s->logins);
	doc_put_i64(doc, "refusals", s->refusals);
	doc_put_i64(doc, "lost", s->lost);
	doc_put_i64(doc, "talks", s->talks);
	doc_put_i64(doc, "untoned", s->untoned);
	doc_put_i64(doc, "sentences", s->sentences);
	doc_put_i64(doc, "replies", s->replies);
	doc_put_i64(doc, "dispositions", s->dispositions);
	doc_put_i64(doc, "pauses", s->pauses);
	doc_put_i64(doc, "rx_packets", (int64_t)s->rx_packets);
	doc_put_i64(doc, "tx_packets", (int64_t)s->tx_packets);
	doc_put_i64(doc, "rx_lost", (int64_t)s->rx_lost);
	doc_put_i64(doc, "srtp_failed", (int64_t)s->srtp_failed);
	return doc;
}

int office_report(const struct office *office, const struct agent_sums *all, const char *path)
{
	struct doc *doc = doc_object(), *seats = doc_array();
	FILE *file = fopen(path, "w");
	int err = file ? 0 : -errno;
	char *text;

	for (uint32_t i = 0; i < office->agent_count; i++)
		doc_push(seats, sums_doc(office->agents[i].login, &office->agents[i].sums));
	doc_put(doc, "all", sums_doc("all", all));
	doc_put(doc, "seats", seats);
	doc_put(doc, "sound", far_quality_doc(&office->quality));
	text = doc_print(doc, 2);
	if (file) {
		fprintf(file, "%s\n", text);
		err = fclose(file) ? -errno : 0;
	}
	free(text);
	doc_free(doc);
	return err ? office_complain(path, err_text(err)) : 0;
}

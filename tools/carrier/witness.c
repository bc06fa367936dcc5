/* witness.c - what the called side saw */
#include "tools/carrier/witness.h"

#include "base/clock.h"
#include "base/doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WITNESS_LATE_US (2 * SEC_US) /* 16 CFR 310.4(b)(4)(ii) */

static const char *const ended_names[ENDED_WAYS] = {"caller", "callee", "network", "stop"};

int witness_open(struct witness *witness, const char *path)
{
	memset(witness, 0, sizeof(*witness));
	if (!path)
		return 0;
	witness->log = fopen(path, "w");
	if (!witness->log)
		return -errno;
	setvbuf(witness->log, NULL, _IOLBF, 0); /* whole lines, also when the carrier is killed */
	fprintf(witness->log,
		"call_id,number,attempt,behaviour,invite_us,ringing_us,answer_us,greeting_end_us,voice_us,message_ms,"
		"end_us,ended_by,code,rx_packets,tx_packets,rx_lost\n");
	return 0;
}

void witness_begin(struct witness *witness, int64_t now_us)
{
	if (!witness->first_us)
		witness->first_us = now_us;
	if (++witness->live > witness->live_max)
		witness->live_max = witness->live;
}

static void witness_line(FILE *log, const struct record *r)
{
	fprintf(log, "%s,%s,%u,%s,%lld,%lld,%lld,%lld,%lld,%u,%lld,%s,%u,%llu,%llu,%llu\n", r->call_id, r->number, r->attempt,
		mix_facts(r->behaviour)->name, (long long)r->invite_us, (long long)r->ringing_us, (long long)r->answer_us,
		(long long)r->greeting_end_us, (long long)r->voice_us, r->message_ms, (long long)r->end_us,
		ended_names[r->ended_by], r->code, (unsigned long long)r->stats.rx_packets,
		(unsigned long long)r->stats.tx_packets, (unsigned long long)r->stats.rx_lost);
}

/* The delay that a person lived through; an agent that speaks into the hello has none. */
static void witness_person(struct witness *witness, const struct record *record)
{
	int64_t delay_us = record->voice_us - record->greeting_end_us;

	witness->greeted++;
	if (!record->voice_us) {
		witness->unheard++;
		return;
	}
	witness->heard++;
	if (record->message_ms) {
		witness->messages++;
		return;
	}
	hist_note(&witness->delay, delay_us > 0 ? delay_us : 0);
	witness->late += delay_us > WITNESS_LATE_US;
}

void witness_end(struct witness *witness, const struct record *record)
{
	const struct media_stats *stats = &record->stats;

	witness->live--;
	witness->calls[record->behaviour]++;
	witness->answered[record->behaviour] += record->answer_us != 0;
	witness->cancelled[record->behaviour] += record->code == 487;
	witness->ended[record->ended_by]++;
	witness->repeated += record->attempt > 1;
	witness->rx_packets += stats->rx_packets;
	witness->tx_packets += stats->tx_packets;
	witness->rx_lost += stats->rx_lost;
	witness->rx_late += stats->rx_late;
	if (record->end_us > witness->last_us)
		witness->last_us = record->end_us;
	if (mix_facts(record->behaviour)->person && record->greeting_end_us)
		witness_person(witness, record);
	if (witness->log)
		witness_line(witness->log, record);
}

static uint64_t witness_sum(const uint64_t *counts)
{
	uint64_t sum = 0;

	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		sum += counts[i];
	return sum;
}

static double witness_ms(const struct witness *witness, double p)
{
	return (double)hist_at(&witness->delay, p) / 1000.0;
}

void witness_print(const struct witness *w, FILE *out)
{
	fprintf(out, "%-16s %8s %8s %9s\n", "behaviour", "calls", "answered", "cancelled");
	for (int i = 0; i < MIX_BEHAVIOURS; i++)
		if (w->calls[i])
			fprintf(out, "%-16s %8llu %8llu %9llu\n", mix_facts((enum behaviour)i)->name,
				(unsigned long long)w->calls[i], (unsigned long long)w->answered[i],
				(unsigned long long)w->cancelled[i]);
	fprintf(out, "%-16s %8llu %8llu %9llu\n", "all", (unsigned long long)witness_sum(w->calls),
		(unsigned long long)witness_sum(w->answered), (unsigned long long)witness_sum(w->cancelled));
	fprintf(out, "at once at most %u; over the limit %llu, without a usable offer %llu, repeated numbers %llu\n", w->live_max,
		(unsigned long long)w->refused_full, (unsigned long long)w->refused_offer, (unsigned long long)w->repeated);
	fprintf(out, "ended by        caller %llu, callee %llu, network %llu, stop %llu\n",
		(unsigned long long)w->ended[ENDED_CALLER], (unsigned long long)w->ended[ENDED_CALLEE],
		(unsigned long long)w->ended[ENDED_NETWORK], (unsigned long long)w->ended[ENDED_STOP]);
	fprintf(out, "rtp             received %llu, sent %llu, lost %llu, late %llu\n", (unsigned long long)w->rx_packets,
		(unsigned long long)w->tx_packets, (unsigned long long)w->rx_lost, (unsigned long long)w->rx_late);
	fprintf(out, "people          said hello %llu, heard a voice %llu, heard nothing %llu, heard the message %llu\n",
		(unsigned long long)w->greeted, (unsigned long long)w->heard, (unsigned long long)w->unheard,
		(unsigned long long)w->messages);
	fprintf(out, "hello to voice  p50 %.0f ms, p95 %.0f ms, max %.0f ms; after more than 2 s %llu\n", witness_ms(w, 0.5),
		witness_ms(w, 0.95), witness_ms(w, 1.0), (unsigned long long)w->late);
}

static struct doc *witness_behaviours(const struct witness *w)
{
	struct doc *all = doc_object();

	for (int i = 0; i < MIX_BEHAVIOURS; i++) {
		struct doc *one = doc_object();

		doc_put_i64(one, "calls", (int64_t)w->calls[i]);
		doc_put_i64(one, "answered", (int64_t)w->answered[i]);
		doc_put_i64(one, "cancelled", (int64_t)w->cancelled[i]);
		doc_put(all, mix_facts((enum behaviour)i)->name, one);
	}
	return all;
}

static struct doc *witness_people(const struct witness *w)
{
	struct doc *people = doc_object();

	doc_put_i64(people, "greeted", (int64_t)w->greeted);
	doc_put_i64(people, "heard", (int64_t)w->heard);
	doc_put_i64(people, "unheard", (int64_t)w->unheard);
	doc_put_i64(people, "messages", (int64_t)w->messages);
	doc_put_i64(people, "late", (int64_t)w->late);
	doc_put_real(people, "delay_ms_p50", witness_ms(w, 0.5));
	doc_put_real(people, "delay_ms_p95", witness_ms(w, 0.95));
	doc_put_real(people, "delay_ms_max", witness_ms(w, 1.0));
	return people;
}

static struct doc *witness_doc(const struct witness *w)
{
	struct doc *doc = doc_object(), *rtp = doc_object(), *ended = doc_object();

	doc_put_i64(doc, "calls", (int64_t)witness_sum(w->calls));
	doc_put_i64(doc, "answered", (int64_t)witness_sum(w->answered));
	doc_put_i64(doc, "calls_at_once_max", w->live_max);
	doc_put_i64(doc, "refused_full", (int64_t)w->refused_full);
	doc_put_i64(doc, "refused_offer", (int64_t)w->refused_offer);
	doc_put_i64(doc, "repeated", (int64_t)w->repeated);
	doc_put_i64(doc, "first_us", w->first_us);
	doc_put_i64(doc, "last_us", w->last_us);
	doc_put(doc, "behaviours", witness_behaviours(w));
	for (int i = 0; i < ENDED_WAYS; i++)
		doc_put_i64(ended, ended_names[i], (int64_t)w->ended[i]);
	doc_put(doc, "ended_by", ended);
	doc_put_i64(rtp, "rx_packets", (int64_t)w->rx_packets);
	doc_put_i64(rtp, "tx_packets", (int64_t)w->tx_packets);
	doc_put_i64(rtp, "rx_lost", (int64_t)w->rx_lost);
	doc_put_i64(rtp, "rx_late", (int64_t)w->rx_late);
	doc_put(doc, "rtp", rtp);
	doc_put(doc, "people", witness_people(w));
	return doc;
}

int witness_report(const struct witness *witness, struct doc *sound, const char *path)
{
	struct doc *doc = witness_doc(witness);

	doc_put(doc, "sound", sound);
	char *text = doc_print(doc, 2);
	FILE *file = fopen(path, "w");
	int err = file ? 0 : -errno;

	if (file) {
		fprintf(file, "%s\n", text);
		err = fclose(file) ? -errno : 0;
	}
	free(text);
	doc_free(doc);
	return err;
}

void witness_close(struct witness *witness)
{
	if (witness->log)
		fclose(witness->log);
	witness->log = NULL;
}

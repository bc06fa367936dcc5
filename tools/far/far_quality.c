/* far_quality.c - see far_quality.h */
#include "tools/far/far_quality.h"

void far_judge(struct far_quality *quality, const struct media_stats *stats)
{
	if (!stats->rx_packets)
		return;
	hist_note(&quality->jitter_us, stats->jitter_us);
	hist_note(&quality->lost, (int64_t)stats->rx_lost);
	quality->legs_lossy += stats->rx_lost > 0;
}

static void far_print_ms(const char *name, const struct hist *hist, FILE *out)
{
	fprintf(out, "; %s ms p50 %.2f, p99 %.2f, p99.9 %.2f, max %.2f", name, (double)hist_at(hist, 0.5) / 1e3,
		(double)hist_at(hist, 0.99) / 1e3, (double)hist_at(hist, 0.999) / 1e3, (double)hist->max / 1e3);
}

void far_print_quality(const struct far_quality *quality, FILE *out)
{
	const struct media_probe *probe = &quality->probe;

	fprintf(out,
		"legs            %llu heard something, %llu of them lost packets; lost a leg p50 %lld, p99 %lld, p99.9 %lld, max "
		"%lld",
		(unsigned long long)quality->jitter_us.count, (unsigned long long)quality->legs_lossy,
		(long long)hist_at(&quality->lost, 0.5), (long long)hist_at(&quality->lost, 0.99),
		(long long)hist_at(&quality->lost, 0.999), (long long)quality->lost.max);
	far_print_ms("jitter", &quality->jitter_us, out);
	fprintf(out, "\n");
	if (!quality->measured)
		return;
	fprintf(out, "packets         %llu measured, %llu lost in %llu places (at most %lld in a row), %llu out of order",
		(unsigned long long)probe->packets, (unsigned long long)probe->lost, (unsigned long long)probe->lost_run.count,
		(long long)probe->lost_run.max, (unsigned long long)probe->late);
	far_print_ms("delay", &probe->delay_us, out);
	far_print_ms("jitter", &probe->jitter_us, out);
	fprintf(out, "\n");
}

static struct doc *far_hist_doc(const struct hist *hist)
{
	struct doc *doc = doc_object(), *buckets = doc_array();
	int64_t upper;
	uint32_t count;

	doc_put_i64(doc, "count", (int64_t)hist->count);
	doc_put_i64(doc, "p50", hist_at(hist, 0.5));
	doc_put_i64(doc, "p99", hist_at(hist, 0.99));
	doc_put_i64(doc, "p999", hist_at(hist, 0.999));
	doc_put_i64(doc, "max", hist->max);
	for (unsigned i = 0; hist_next(hist, &i, &upper, &count);) {
		struct doc *bucket = doc_object();
		doc_put_i64(bucket, "to", upper);
		doc_put_i64(bucket, "count", count);
		doc_push(buckets, bucket);
	}
	doc_put(doc, "buckets", buckets);
	return doc;
}

struct doc *far_quality_doc(const struct far_quality *quality)
{
	struct doc *doc = doc_object(), *legs = doc_object(), *packets = doc_object();

	doc_put_i64(legs, "lossy", (int64_t)quality->legs_lossy);
	doc_put(legs, "lost", far_hist_doc(&quality->lost));
	doc_put(legs, "jitter_us", far_hist_doc(&quality->jitter_us));
	doc_put(doc, "legs", legs);
	doc_put_i64(packets, "measured", (int64_t)quality->probe.packets);
	doc_put_i64(packets, "lost", (int64_t)quality->probe.lost);
	doc_put_i64(packets, "out_of_order", (int64_t)quality->probe.late);
	doc_put(packets, "lost_run", far_hist_doc(&quality->probe.lost_run));
	doc_put(packets, "delay_us", far_hist_doc(&quality->probe.delay_us));
	doc_put(packets, "jitter_us", far_hist_doc(&quality->probe.jitter_us));
	doc_put(doc, "packets", packets);
	return doc;
}

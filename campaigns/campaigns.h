/*
 * campaigns.h - face of the folder: lists, leads, rules, attempts, outcomes
 *
 * What    Everything that lasts. Tools use the synchronous calls of store.h, import.h, export.h, report.h and explain.h;
 *         the engine changes the store only through writer.h, whose thread is the only LMDB writer of its process.
 */
#ifndef OUTDIAL_CAMPAIGNS_CAMPAIGNS_H
#define OUTDIAL_CAMPAIGNS_CAMPAIGNS_H

#include "campaigns/outcome.h"
#include "campaigns/cause.h"
#include "campaigns/callerid.h"
#include "campaigns/consent.h"
#include "campaigns/judge.h"
#include "campaigns/rules.h"
#include "campaigns/store.h"
#include "campaigns/tz.h"
#include "campaigns/terms.h"
#include "campaigns/gateway.h"
#include "campaigns/where.h"
#include "campaigns/callback.h"
#include "campaigns/tally.h"
#include "campaigns/explain.h"
#include "campaigns/suppress.h"
#include "campaigns/recording.h"
#include "campaigns/review.h"
#include "campaigns/writer.h"
#include "campaigns/import.h"
#include "campaigns/savedmap.h"
#include "campaigns/export.h"
#include "campaigns/reconcile.h"
#include "campaigns/report.h"
#include "campaigns/outfile.h"
#include "campaigns/ledger_import.h"
#include "campaigns/classify_report.h"
#include "campaigns/estimate.h"
#include "campaigns/evidence.h"
#include "campaigns/verify.h"
#include "campaigns/proof.h"
#include "campaigns/hold.h"
#include "campaigns/retention.h"
#include "campaigns/erase.h"
#include "campaigns/list_remove.h"

#endif

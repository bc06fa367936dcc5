/* Made by: tools/amd_train/train --seed 1. Do not edit. */
#ifndef OUTDIAL_MEDIA_AMD_WEIGHTS_H
#define OUTDIAL_MEDIA_AMD_WEIGHTS_H

/* How often each cause was right on simulated calls, people and machines being as many; of a timeout: a person. */
#define PROB_SHORT_GREETING 0.82f
#define PROB_GREETING_PAUSE 0.70f
#define PROB_LONG_GREETING 0.99f
#define PROB_STILL_TALKING 0.98f
#define PROB_PHRASES 0.95f
#define PROB_BEEP 0.96f
#define PROB_TIMEOUT 0.23f
#define PROB_REVISED_BEEP 0.86f
#define PROB_REVISED_MONOLOGUE 0.97f

#endif

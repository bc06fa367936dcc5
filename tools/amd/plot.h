/*
 * plot.h - a picture of what the classifier heard: waveform, voice, tones, decision
 *
 * What    Writes the numbers to a temporary folder and lets gnuplot draw them; the picture's kind follows from its name, .svg or
 *         .png. Needs the package gnuplot-nox.
 */
#ifndef OUTDIAL_TOOLS_AMD_PLOT_H
#define OUTDIAL_TOOLS_AMD_PLOT_H

#include "tools/amd/run.h"

/* 0, or -1 with a sentence on standard error. The result is the run's. */
int plot_file(const char *picture, const char *path, const struct run *run, const struct wav *wav, struct run_result *result);

#endif

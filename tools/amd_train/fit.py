"""Fits what the decision's probabilities mean, and asks whether a fitted decision would be better than the rule."""
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

VOICE_CAUSES = ("short-greeting", "greeting-pause", "long-greeting", "still-talking", "phrases", "timeout")
GOES_ON = ("long-greeting", "still-talking", "phrases")
CURVE = np.array([(0, 680), (600, 700), (900, 980), (1250, 1400), (1800, 1550), (2600, 1600), (4500, 1650)], float)
SILENCE_MS_MAX = 1700
LONG_MS, DEADLINE_MS, TALKING_MS, STILL_MS = 4500, 6000, 1300, 600


def features(talk_ms, onset_ms, pauses, silence_ms, goes_on):
    """What the logistic regression looks at; arrays or numbers."""
    talk, onset, silence = np.minimum(talk_ms / 1000, 6), np.minimum(onset_ms / 1000, 4), np.minimum(silence_ms / 1000, 2)
    one = np.ones_like(talk, dtype=float)
    return np.stack(
        [one, talk, np.maximum(talk - 1.2, 0), onset, np.maximum(onset - 2, 0), np.minimum(pauses, 3), silence, one * goes_on], -1)


def logistic(x, y):
    """Both classes weigh the same, whatever their number: the probability is for even odds beforehand."""
    model = LogisticRegression(C=10, max_iter=2000, class_weight="balanced", fit_intercept=False)
    return model.fit(x, y).coef_[0]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# --- what a verdict is worth


def verdicts(rows):
    """Features at the verdicts that voice led to, who it was, what was said."""
    x, person, said, old = [], [], [], []
    for row in rows:
        for t, kind, verdict, _, prob, cause in row["events"]:
            if kind == "verdict" and cause in VOICE_CAUSES:
                _, _, talk, silence, onset, pauses = row["frames"][t // 20 - 1]
                x.append(features(talk, onset, pauses, silence, cause in GOES_ON))
                person.append(row["human"])
                said.append(verdict)
                old.append(prob)
    return np.array(x), np.array(person), np.array(said), np.array(old)


def prob_of_verdict(person_prob, said):
    return np.where(said == "machine", 1 - person_prob, person_prob)


def by_cause(rows):
    """{(event, cause): how often it was right}, one half of a case added to either side. Of a timeout: how often it was a person."""
    counts = {}
    for row in rows:
        for _, kind, verdict, _, _, cause in row["events"]:
            if kind == "revised" or kind == "verdict" and cause in VOICE_CAUSES + ("beep",):
                right = row["human"] == (verdict in ("human", "unknown"))
                counts.setdefault((kind, cause), []).append(right)
    return {key: (sum(rights) + 0.5) / (len(rights) + 1) for key, rights in counts.items()}


def mean_by_cause(sets):
    """Groups of voices differ more than calls do: each counts the same."""
    tables = [by_cause(rows) for rows in sets]
    return {key: np.mean([table[key] for table in tables if key in table]) for key in set().union(*tables)}


def prob_by_cause(rows, table):
    """In the order of verdicts()."""
    return np.array([table.get((kind, cause), 0.5) for row in rows for _, kind, _, _, _, cause in row["events"]
                     if kind == "verdict" and cause in VOICE_CAUSES])


def reliability(prob, right):
    """Expected calibration error over tenths, and Brier's score."""
    bins = np.minimum((prob * 10).astype(int), 9)
    error = sum(abs(prob[bins == b].mean() - right[bins == b].mean()) * np.mean(bins == b) for b in set(bins))
    return error, np.mean((prob - right) ** 2)


# --- a fitted decision


def moments(rows):
    """Every frame of quiet after voice: state, who it is, which call."""
    x, person, call = [], [], []
    for i, row in enumerate(rows):
        for t, voice, talk, silence, onset, pauses in row["frames"]:
            if t > DEADLINE_MS or silence > SILENCE_MS_MAX and talk > 0:
                break
            if not voice and talk > 0 and silence >= 300 and t % 60 == 0:
                x.append((talk, onset, pauses, silence))
                person.append(row["human"])
                call.append(i)
    return np.array(x, float), np.array(person), np.array(call)


def wide(x):
    talk, onset, pauses, silence = (x[:, i] for i in range(4))
    base = features(talk, onset, pauses, silence, 0)[:, :-1]
    s, t = silence[:, None] / 1000, talk[:, None] / 1000
    return np.concatenate([base, s * np.minimum(t, 3), s * s, np.maximum(t - 0.6, 0), np.maximum(t - 2.5, 0)], 1)


def rule(talk, onset, pauses, silence):
    return silence >= np.interp(talk, CURVE[:, 0], CURVE[:, 1]) + 150 * (pauses > 0)


def first(mask):
    return int(mask.argmax()) if mask.any() else len(mask)


class Replay:
    """A call's frames as arrays, for trying one decision after another with the same limits."""

    def __init__(self, row):
        self.human, self.greet_end_ms = row["human"], row["greet_end_ms"]
        frames = np.array(row["frames"], float)
        self.ms, voice, talk, silence = frames[:, 0], frames[:, 1] > 0, frames[:, 2], frames[:, 3]
        self.state = frames[:, [2, 4, 5, 3]]
        self.quiet = ~voice & (talk > 0)
        ends = [t for t, kind, v, _, _, cause in row["events"]
                if kind == "beep" or kind == "verdict" and cause not in VOICE_CAUSES + ("beep",)]
        self.stopped = first((self.ms >= min(ends, default=10**9)) | (talk >= LONG_MS))
        self.deadline = min(first(self.ms >= DEADLINE_MS), len(frames) - 1)
        self.talks_on = talk[self.deadline] >= TALKING_MS and silence[self.deadline] < STILL_MS

    def play(self, wants):
        """(connected, at ms); `wants` says of each frame whether its quiet is a person's."""
        person = first(wants & self.quiet)
        if self.stopped <= min(person, self.deadline):
            return False, self.ms[self.stopped]
        if person <= self.deadline:
            return True, self.ms[person]
        return not self.talks_on, self.ms[self.deadline]


def score(replays, wants):
    """(people lost, machines to a seat, median and 95th percentile of what connected people waited)"""
    lost, seat, delay = [], [], []
    for replay, want in zip(replays, wants):
        connected, at = replay.play(want)
        if not replay.human:
            seat.append(connected)
            continue
        lost.append(not connected)
        if connected:
            delay.append(at - replay.greet_end_ms)
    return np.mean(lost), np.mean(seat), np.percentile(delay, 50), np.percentile(delay, 95)


def by_rule(replays):
    return [rule(*r.state.T) for r in replays]


def by_model(replays, probs, threshold):
    """A fitted decision, with the rule's longest wait as its own."""
    return [(p >= threshold) & (r.state[:, 3] >= 300) | (r.state[:, 3] >= SILENCE_MS_MAX) for r, p in zip(replays, probs)]


def probabilities(replays, prob):
    """All calls at once: a model costs more to ask than to answer."""
    sizes = np.cumsum([len(r.state) for r in replays])[:-1]
    return np.split(prob(np.concatenate([r.state for r in replays])), sizes)


def threshold_for(replays, probs, seat):
    """The least strict one that gives no more machines to a seat than the rule does; None when there is none."""
    for threshold in np.arange(0.3, 0.98, 0.02):
        if score(replays, by_model(replays, probs, threshold))[1] <= seat:
            return threshold
    return None


def decisions(fit_rows):
    """Name and probability of a person, of the decisions that were fitted."""
    x, person, _ = moments(fit_rows)
    weights = logistic(wide(x), person)
    trees = HistGradientBoostingClassifier(max_iter=50, max_depth=3, random_state=1).fit(x, person)
    share = person.mean()
    even = lambda p: p * (1 - share) / (p * (1 - share) + (1 - p) * share)
    yield "logistic", lambda state: sigmoid(wide(state) @ weights)
    yield "trees", lambda state: even(trees.predict_proba(state)[:, 1])

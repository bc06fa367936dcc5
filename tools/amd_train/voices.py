"""Words and sentences, real and synthetic, in three parts that share neither a speaker nor a text: fit, choose, test."""
import glob
import os
import subprocess
import wave
from concurrent.futures import ThreadPoolExecutor

import numpy as np

NO_VOICE = ("beep", "tone", "monkeys", "silence", "gong", "noise")
PARTS = ("fit", "choose", "test")
WORD_MS_MAX = 1000
SENTENCE_MS_MIN = 1400
CLIPS_OF_A_SPEAKER = 70
CLIPS_OF_AN_ACTOR = 220

KTUBERLING = {"fit": ("fr", "ca", "uk", "lt"), "choose": ("da", "ru", "wa"), "test": ("en", "de", "sl", "gl", "el")}
KLETTRES = {"fit": ("ml", "pt_BR", "nds"), "choose": ("es", "hu"), "test": ("it", "tn", "cs")}
FILLETS = {"fit": "*-m-*.ogg", "choose": "*-v-*.ogg"}  # the two fish are two actors; what others say is not used
ASTERISK = {"fit": ("en_US_f_Allison",), "choose": ("fr_CA_f_June",), "test": ("it_IT_m_Carlo", "ru_RU_f_IvrvoiceRU")}

ESPEAK = {
    "fit": ("en-us", "en-gb+m3", "en-us+f2", "en-us+m1", "en-gb+f1"),
    "choose": ("en-gb", "en-us+m7", "en-gb+f3"),
    "test": ("en-gb-scotland+f4", "en-us+m5", "en-gb-x-rp+m2", "en-us+f5"),
}
FLITE = {"fit": ("kal",), "choose": ("rms",), "test": ("slt", "awb")}
WORDS = {
    "fit": ("Hello?", "Yes?", "Hi.", "Hello, who is it?", "Yeah, hello.", "Speaking.", "Smith.", "Good morning.", "Yes, please?"),
    "choose": ("Hello!", "Yeah?", "Who is there?", "Miller.", "Good evening.", "Hey.", "This is Anna."),
    "test": ("Hallo?", "Yep.", "Hi there.", "Johnson here.", "Good day.", "Who is calling?", "Morning.", "Ok."),
}
SENTENCES = {
    "fit": (
        "You have reached the voice mail of Peter Brown.", "I can not come to the phone right now.",
        "Please leave your name and number after the tone.", "We are closed at the moment.",
        "Thank you for calling the city library, how may I help you?", "I will call you back as soon as I can.",
        "The person you have called is not available.", "Our opening hours are nine to five."),
    "choose": (
        "Hi, this is Maria, I am away from my desk.", "The subscriber can not be reached.", "Try again later, please.",
        "Leave a message and I will get back to you.", "Harbour garage, John speaking.", "All our lines are busy."),
    "test": (
        "Sorry we missed you.", "Your call is being forwarded to a mailbox.", "Record after the signal, then hang up.",
        "You are connected with the Lakeside clinic, good afternoon.", "Nobody is at home just now.",
        "The mobile phone of this customer is switched off.", "Tell me what it is about and I will ring you.",
        "For sales, press one, for everything else stay on the line."),
}


def _read(path):
    with wave.open(path) as w:
        return np.frombuffer(w.readframes(w.getnframes()), "<i2").astype(np.float32) / 32768


def _decode(path, out):
    if not os.path.exists(out):
        subprocess.run(["sox", "-V1", "-D", path, "-r", "8000", "-c", "1", "-b", "16", out, "gain", "-n", "-3"], check=True)
    return _trim(_read(out))


def _trim(pcm):
    """Without the quiet at both ends, at one loudness."""
    size = len(pcm) // 80
    if size < 10:
        return pcm[:0]
    level = np.abs(pcm[: size * 80]).reshape(size, 80).max(1)
    loud = np.flatnonzero(level > 0.04 * level.max())
    pcm = pcm[loud[0] * 80 : (loud[-1] + 1) * 80]
    return pcm * (0.07 / (np.sqrt(np.mean(pcm**2)) + 1e-9))


def _say(command, out):
    if not os.path.exists(out):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def _some(paths, most):
    paths = sorted(path for path in paths if not any(word in os.path.basename(path) for word in NO_VOICE))
    return paths[:: max(1, len(paths) // most)][:most]


def _real_paths(part):
    for lang in KTUBERLING[part]:
        yield "ktuberling-" + lang, _some(glob.glob(f"/usr/share/ktuberling/sounds/{lang}/*"), CLIPS_OF_A_SPEAKER)
    for lang in KLETTRES[part]:
        yield "klettres-" + lang, _some(glob.glob(f"/usr/share/klettres/{lang}/syllab/*"), CLIPS_OF_A_SPEAKER)
    if part in FILLETS:
        yield "fillets-" + part, _some(glob.glob("/usr/share/games/fillets-ng/sound/*/cs/" + FILLETS[part]), CLIPS_OF_AN_ACTOR)
    for voice in ASTERISK[part]:
        yield voice, _some(glob.glob(f"/usr/share/asterisk/sounds/{voice}/*.gsm"), CLIPS_OF_AN_ACTOR)


def _synthetic(part, folder):
    texts = WORDS[part] + SENTENCES[part]
    for voice in ESPEAK[part]:
        for i, text in enumerate(texts):
            for speed in (140, 175):
                out = f"{folder}/{voice}-{part}-{i}-{speed}.raw.wav"
                yield voice, _say(["espeak-ng", "-v", voice, "-s", str(speed), "-w", out, text], out)
    for voice in FLITE[part]:
        for i, text in enumerate(texts):
            out = f"{folder}/flite-{voice}-{part}-{i}.raw.wav"
            yield "flite-" + voice, _say(["flite", "-voice", voice, "-t", text, "-o", out], out)


def pools(folder):
    """{part: {kind: {"word"|"sentence": {speaker: [pcm, ...]}}}}; decoded files are kept in `folder`."""
    os.makedirs(folder, exist_ok=True)
    jobs = []
    for part in PARTS:
        jobs += [(part, "real", speaker, path) for speaker, paths in _real_paths(part) for path in paths]
        jobs += [(part, "synthetic", speaker, path) for speaker, path in _synthetic(part, folder)]
    with ThreadPoolExecutor(2) as pool:
        sounds = list(pool.map(lambda job: _decode(job[3], f"{folder}/{job[3].strip('/').replace('/', '_')}.wav"), jobs))
    out = {part: {kind: {"word": {}, "sentence": {}} for kind in ("real", "synthetic")} for part in PARTS}
    for (part, kind, speaker, _), pcm in zip(jobs, sounds):
        ms = len(pcm) / 8
        if 150 <= ms <= WORD_MS_MAX or SENTENCE_MS_MIN <= ms <= 6000:
            size = "word" if ms <= WORD_MS_MAX else "sentence"
            out[part][kind][size].setdefault(speaker, []).append(pcm)
    for part in PARTS:
        for kind in out[part]:
            sizes = out[part][kind]
            sizes["word"] = {s: c for s, c in sizes["word"].items() if len(c) >= 3}
            sizes["sentence"] = {s: c for s, c in sizes["sentence"].items() if len(c) >= 3}
    return out

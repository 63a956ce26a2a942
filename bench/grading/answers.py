"""What synthetic students hand in for the five exercises of training-vs-inference-gpt.md, in Go and the same in Python.

An answer is right (two ways), wrong, ends with a panic, or does not compile; or it is none. NAME stands for a name that differs from student to student.
"""

RIGHT, ALSO, WRONG, PANICS, BROKEN, UNTOUCHED = "right", "also right", "wrong", "panics", "broken", "untouched"

GO = {
    "descend": {
        RIGHT: "func descend(weights, gradient []float64, rate float64) {\n\tfor NAME, g := range gradient {\n\t\tweights[NAME] -= rate * g\n\t}\n}",
        ALSO: "func descend(weights, gradient []float64, rate float64) {\n\tfor NAME := range weights {\n\t\tstep := gradient[NAME] * rate\n\t\tweights[NAME] = weights[NAME] - step\n\t}\n}",
        WRONG: "func descend(weights, gradient []float64, rate float64) {\n\tfor NAME, g := range gradient {\n\t\tweights[NAME] += rate * g\n\t}\n}",
        PANICS: "func descend(weights, gradient []float64, rate float64) {\n\tfor NAME := 0; NAME <= len(weights); NAME++ {\n\t\tweights[NAME] -= rate * gradient[NAME]\n\t}\n}",
        BROKEN: "func descend(weights, gradient []float64, rate float64) {\n\tfor NAME, g := range gradient {\n\t\tweight[NAME] -= rate * g\n\t}\n}",
    },
    "seal": {
        RIGHT: 'import (\n\t"crypto/sha256"\n\t"encoding/binary"\n)\n\nfunc seal(weights []float32) string {\n\tNAME := sha256.New()\n\tbinary.Write(NAME, binary.LittleEndian, weights)\n\treturn fmt.Sprintf("%x", NAME.Sum(nil))\n}',
        ALSO: 'func seal(weights []float32) string {\n\tvar NAME strings.Builder\n\tfor _, w := range weights {\n\t\tfmt.Fprintf(&NAME, "%08x", math.Float32bits(w))\n\t}\n\treturn NAME.String()\n}',
        WRONG: "func seal(weights []float32) string {\n\tNAME := float32(0)\n\tfor _, w := range weights {\n\t\tNAME += w\n\t}\n\treturn fmt.Sprint(NAME)\n}",
        PANICS: "func seal(weights []float32) string {\n\tvar NAME map[float32]int\n\tfor i, w := range weights {\n\t\tNAME[w] = i\n\t}\n\treturn fmt.Sprint(NAME)\n}",
        BROKEN: "func seal(weights []float32) string {\n\tNAME := 0\n\tfor _, w := range weights {\n\t\tNAME += w\n\t}\n\treturn NAME\n}",
    },
    "soften": {
        RIGHT: "func soften(scores []float64, temperature float64) []float64 {\n\tp := make([]float64, len(scores))\n\tNAME := slices.Max(scores)\n\tif temperature == 0 {\n\t\tp[slices.Index(scores, NAME)] = 1\n\t\treturn p\n\t}\n\ttotal := 0.0\n\tfor i, s := range scores {\n\t\tp[i] = math.Exp((s - NAME) / temperature)\n\t\ttotal += p[i]\n\t}\n\tfor i := range p {\n\t\tp[i] /= total\n\t}\n\treturn p\n}",
        ALSO: "func highest(scores []float64) (at int) {\n\tfor i, s := range scores {\n\t\tif s > scores[at] {\n\t\t\tat = i\n\t\t}\n\t}\n\treturn at\n}\n\nfunc soften(scores []float64, temperature float64) []float64 {\n\tNAME := make([]float64, len(scores))\n\tbest := highest(scores)\n\tif temperature == 0 {\n\t\tNAME[best] = 1\n\t\treturn NAME\n\t}\n\tsum := 0.0\n\tfor _, s := range scores {\n\t\tsum += math.Exp((s - scores[best]) / temperature)\n\t}\n\tfor i, s := range scores {\n\t\tNAME[i] = math.Exp((s-scores[best])/temperature) / sum\n\t}\n\treturn NAME\n}",
        WRONG: "func soften(scores []float64, temperature float64) []float64 {\n\tp := make([]float64, len(scores))\n\tNAME := 0.0\n\tfor i, s := range scores {\n\t\tp[i] = math.Exp(s / temperature)\n\t\tNAME += p[i]\n\t}\n\tfor i := range p {\n\t\tp[i] /= NAME\n\t}\n\treturn p\n}",
        PANICS: "func soften(scores []float64, temperature float64) []float64 {\n\tvar NAME []float64\n\tfor i, s := range scores {\n\t\tNAME[i] = math.Exp(s / temperature)\n\t}\n\treturn NAME\n}",
        BROKEN: "func soften(scores []float64, temperature float64) []float64 {\n\tNAME := make([]float64, len(scores))\n\tfor i, s := range scores {\n\t\tNAME[i] = math.Exp(s / temperature\n\t}\n\treturn NAME\n}",
    },
    "nucleus": {
        RIGHT: 'import "cmp"\n\nfunc nucleus(p []float64, top float64) []float64 {\n\tNAME := make([]int, len(p))\n\tfor i := range NAME {\n\t\tNAME[i] = i\n\t}\n\tslices.SortStableFunc(NAME, func(a, b int) int { return cmp.Compare(p[b], p[a]) })\n\treached, count := 0.0, 0\n\tfor count < len(NAME) && reached < top {\n\t\treached += p[NAME[count]]\n\t\tcount++\n\t}\n\tkept := make([]float64, len(p))\n\tfor _, i := range NAME[:count] {\n\t\tkept[i] = p[i] / reached\n\t}\n\treturn kept\n}',
        ALSO: "func nucleus(p []float64, top float64) []float64 {\n\tkept := make([]float64, len(p))\n\tsum := 0.0\n\tfor sum < top {\n\t\tNAME := -1\n\t\tfor i := range p {\n\t\t\tif kept[i] == 0 && p[i] > 0 && (NAME < 0 || p[i] > p[NAME]) {\n\t\t\t\tNAME = i\n\t\t\t}\n\t\t}\n\t\tif NAME < 0 {\n\t\t\tbreak\n\t\t}\n\t\tkept[NAME] = p[NAME]\n\t\tsum += p[NAME]\n\t}\n\tfor i := range kept {\n\t\tkept[i] /= sum\n\t}\n\treturn kept\n}",
        WRONG: "func nucleus(p []float64, top float64) []float64 {\n\tNAME := make([]float64, len(p))\n\tfor i := range p {\n\t\tif p[i] >= top {\n\t\t\tNAME[i] = p[i]\n\t\t}\n\t}\n\treturn NAME\n}",
        PANICS: "func nucleus(p []float64, top float64) []float64 {\n\tNAME, sum := 0, 0.0\n\tfor sum <= top {\n\t\tsum += p[NAME]\n\t\tNAME++\n\t}\n\treturn p[:NAME+len(p)]\n}",
        BROKEN: "func nucleus(p []float64, top float64) []float64 {\n\tNAME := sorted(p)\n\treturn NAME\n}",
    },
    "halt": {
        RIGHT: 'func halt(text string, stops []string) string {\n\tNAME := len(text)\n\tfor _, stop := range stops {\n\t\tif at := strings.Index(text, stop); stop != "" && at >= 0 {\n\t\t\tNAME = min(NAME, at)\n\t\t}\n\t}\n\treturn text[:NAME]\n}',
        ALSO: 'func halt(text string, stops []string) string {\n\tfor NAME := range text {\n\t\tfor _, stop := range stops {\n\t\t\tif stop != "" && strings.HasPrefix(text[NAME:], stop) {\n\t\t\t\treturn text[:NAME]\n\t\t\t}\n\t\t}\n\t}\n\treturn text\n}',
        WRONG: "func halt(text string, stops []string) string {\n\tfor _, NAME := range stops {\n\t\ttext, _, _ = strings.Cut(text, NAME)\n\t}\n\treturn text\n}",
        PANICS: "func halt(text string, stops []string) string {\n\tNAME := strings.Index(text, stops[0])\n\treturn text[:NAME-len(text)]\n}",
        BROKEN: "func halt(text string, stops []string) string {\n\tNAME := strings.Find(text, stops[0])\n\treturn text[:NAME]\n}",
    },
}

PYTHON = {
    "descend": {
        RIGHT: "def descend(weights, gradient, rate):\n    for NAME, g in enumerate(gradient):\n        weights[NAME] -= rate * g",
        ALSO: "def descend(weights, gradient, rate):\n    for NAME in range(len(weights)):\n        step = gradient[NAME] * rate\n        weights[NAME] = weights[NAME] - step",
        WRONG: "def descend(weights, gradient, rate):\n    for NAME, g in enumerate(gradient):\n        weights[NAME] += rate * g",
        PANICS: "def descend(weights, gradient, rate):\n    for NAME in range(len(weights) + 1):\n        weights[NAME] -= rate * gradient[NAME]",
        BROKEN: "def descend(weights, gradient, rate):\n    for NAME, g in enumerate(gradient):\n        weight[NAME] -= rate * g",
    },
    "seal": {
        RIGHT: "import hashlib, struct\n\ndef seal(weights):\n    NAME = hashlib.sha256()\n    NAME.update(struct.pack(f'<{len(weights)}f', *weights))\n    return NAME.hexdigest()",
        ALSO: "import struct\n\ndef seal(weights):\n    NAME = ''\n    for w in weights:\n        NAME += struct.pack('<f', w).hex()\n    return NAME",
        WRONG: "def seal(weights):\n    NAME = 0.0\n    for w in weights:\n        NAME += w\n    return str(NAME)",
        PANICS: "def seal(weights):\n    NAME = None\n    for i, w in enumerate(weights):\n        NAME[w] = i\n    return str(NAME)",
        BROKEN: "def seal(weights):\n    NAME = 0\n    for w in weight:\n        NAME += w\n    return NAME",
    },
    "soften": {
        RIGHT: "import math\n\ndef soften(scores, temperature):\n    p = [0.0] * len(scores)\n    NAME = max(scores)\n    if temperature == 0:\n        p[scores.index(NAME)] = 1.0\n        return p\n    total = 0.0\n    for i, s in enumerate(scores):\n        p[i] = math.exp((s - NAME) / temperature)\n        total += p[i]\n    for i in range(len(p)):\n        p[i] /= total\n    return p",
        ALSO: "import math\n\ndef highest(scores):\n    at = 0\n    for i, s in enumerate(scores):\n        if s > scores[at]:\n            at = i\n    return at\n\ndef soften(scores, temperature):\n    NAME = [0.0] * len(scores)\n    best = highest(scores)\n    if temperature == 0:\n        NAME[best] = 1.0\n        return NAME\n    total = sum(math.exp((s - scores[best]) / temperature) for s in scores)\n    for i, s in enumerate(scores):\n        NAME[i] = math.exp((s - scores[best]) / temperature) / total\n    return NAME",
        WRONG: "import math\n\ndef soften(scores, temperature):\n    p = [math.exp(s / temperature) if temperature else 0.0 for s in scores]\n    NAME = sum(p) or 1\n    return [x / NAME for x in p]",
        PANICS: "import math\n\ndef soften(scores, temperature):\n    NAME = []\n    for i, s in enumerate(scores):\n        NAME[i] = math.exp(s / temperature)\n    return NAME",
        BROKEN: "import math\n\ndef soften(scores, temperature):\n    NAME = []\n    for i, s in enumerate(scores):\n        NAME.append(math.exp(s / temperature)\n    return NAME",
    },
    "nucleus": {
        RIGHT: "def nucleus(p, top):\n    NAME = sorted(range(len(p)), key=lambda i: -p[i])\n    reached, count = 0.0, 0\n    while count < len(NAME) and reached < top:\n        reached += p[NAME[count]]\n        count += 1\n    kept = [0.0] * len(p)\n    for i in NAME[:count]:\n        kept[i] = p[i] / reached\n    return kept",
        ALSO: "def nucleus(p, top):\n    kept, total = [0.0] * len(p), 0.0\n    while total < top:\n        NAME = -1\n        for i in range(len(p)):\n            if kept[i] == 0 and p[i] > 0 and (NAME < 0 or p[i] > p[NAME]):\n                NAME = i\n        if NAME < 0:\n            break\n        kept[NAME] = p[NAME]\n        total += p[NAME]\n    return [k / total for k in kept]",
        WRONG: "def nucleus(p, top):\n    NAME = [x if x >= top else 0.0 for x in p]\n    return NAME",
        PANICS: "def nucleus(p, top):\n    NAME, total = 0, 0.0\n    while total <= top:\n        total += p[NAME]\n        NAME += 1\n    return p[NAME + len(p)]",
        BROKEN: "def nucleus(p, top):\n    NAME = sortd(p)\n    return NAME",
    },
    "halt": {
        RIGHT: "def halt(text, stops):\n    NAME = len(text)\n    for stop in stops:\n        at = text.find(stop)\n        if stop and at >= 0:\n            NAME = min(NAME, at)\n    return text[:NAME]",
        ALSO: "def halt(text, stops):\n    for NAME in range(len(text)):\n        for stop in stops:\n            if stop and text[NAME:].startswith(stop):\n                return text[:NAME]\n    return text",
        WRONG: "def halt(text, stops):\n    for NAME in stops:\n        text = text.split(NAME)[0] if NAME else ''\n    return text",
        PANICS: "def halt(text, stops):\n    NAME = text.index(stops[0])\n    return text[NAME - len(text)][5]",
        BROKEN: "def halt(text, stops):\n    NAME = text.fnd(stops[0])\n    return text[:NAME]",
    },
}

package lessons

import (
	"crypto/sha256"
	"encoding/hex"
)

// Version is the digest of the lesson's source in its canonical form (see [Format]), with the code that it includes: two lessons have one version if they say
// the same in the same words. What is built of a lesson with [Lesson.For], and notebooks of that, have the version of the lesson, so that a submission tells
// what was asked. It is "" for a notebook that was not made of a lesson.
func (l *Lesson) Version() string {
	switch {
	case l.version != "":
		return l.version
	case l.src == nil && l.origin != nil:
		return l.origin.Version
	case l.src == nil:
		return ""
	}
	canonical, err := Format(l.File, l.src)
	if err != nil {
		canonical = l.src
	}
	h := sha256.New()
	h.Write(canonical)
	for _, c := range l.Cells {
		if c.Attrs.Include != "" {
			h.Write([]byte(c.Source + "\x00"))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// For is what an audience is given, as [Lesson.Build] makes it.
func (l *Lesson) For(a Audience) (*Lesson, error) {
	built, err := l.Build(a)
	if err != nil {
		return nil, err
	}
	version, err := Parse(l.File, built)
	if err != nil {
		return nil, err
	}
	version.version = l.Version()
	return version, nil
}

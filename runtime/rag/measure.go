package rag

import (
	"fmt"
	"slices"
	"time"
)

// Question is one whose answer is known to stand somewhere.
type Question struct {
	Text     string
	Relevant []string // where: IDs of documents, or keys of chunks (see [Chunk.Key])
}

// Key names a chunk among all: its document and where in it the chunk begins.
func (c Chunk) Key() string { return fmt.Sprintf("%s@%d", c.Doc, c.Begin) }

// Measurement says how well a search finds.
type Measurement struct {
	Questions int
	K         int
	Recall    float64 // of what is relevant, the share that was among the first K; the mean over questions
	MRR       float64 // the mean of 1 / rank of the first that is relevant, 0 where none was found
	Mean      time.Duration
}

func (m Measurement) String() string {
	return fmt.Sprintf("recall@%d %.3f, MRR %.3f over %d questions, %v each", m.K, m.Recall, m.MRR, m.Questions, m.Mean.Round(time.Microsecond))
}

// Measure asks questions and compares what is found with what is relevant.
func Measure(ix *Index, questions []Question, q Query) (Measurement, error) {
	if q.K == 0 {
		q.K = 5
	}
	m := Measurement{Questions: len(questions), K: q.K}
	if len(questions) == 0 {
		return m, fmt.Errorf("rag: measure: no questions")
	}
	for i, question := range questions {
		if len(question.Relevant) == 0 {
			return m, fmt.Errorf("rag: measure: question %d (%.40q) has nothing relevant", i, question.Text)
		}
		begun := time.Now()
		hits, err := ix.Search(question.Text, q)
		if err != nil {
			return m, err
		}
		m.Mean += time.Since(begun) / time.Duration(len(questions))
		found := map[string]bool{}
		for rank, h := range hits {
			at := slices.IndexFunc(question.Relevant, func(name string) bool { return name == h.Doc || name == h.Key() })
			if at < 0 {
				continue
			}
			if len(found) == 0 {
				m.MRR += 1 / float64(rank+1) / float64(len(questions))
			}
			found[question.Relevant[at]] = true
		}
		m.Recall += float64(len(found)) / float64(len(question.Relevant)) / float64(len(questions))
	}
	return m, nil
}

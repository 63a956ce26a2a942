package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// This file is the shape of a tokenizer.json, Hugging Face's file for the whole of a tokenizer. hf.go gives it its meaning.

type hfFile struct {
	Version       string          `json:"version"`
	Truncation    json.RawMessage `json:"truncation"`
	Padding       json.RawMessage `json:"padding"`
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         hfModel         `json:"model"`
}

type hfModel struct {
	Type string `json:"type"`
	modelOptions
	Vocab  hfVocab   `json:"vocab"`
	Merges []hfMerge `json:"merges"`
}

// marshal writes the file without line breaks, and with < and > as they are.
func (f *hfFile) marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

type modelOptions struct {
	Dropout                 *float64 `json:"dropout"`
	UnkToken                *string  `json:"unk_token"`
	ContinuingSubwordPrefix *string  `json:"continuing_subword_prefix"`
	EndOfWordSuffix         *string  `json:"end_of_word_suffix"`
	FuseUnk                 bool     `json:"fuse_unk"`
	ByteFallback            bool     `json:"byte_fallback"`
	IgnoreMerges            bool     `json:"ignore_merges"`
}

// check refuses what would change the tokens in a way that we do not follow.
func (o modelOptions) check() error {
	for _, option := range []struct {
		name string
		set  bool
	}{
		{"dropout", o.Dropout != nil && *o.Dropout != 0},
		{"continuing_subword_prefix", o.ContinuingSubwordPrefix != nil && *o.ContinuingSubwordPrefix != ""},
		{"end_of_word_suffix", o.EndOfWordSuffix != nil && *o.EndOfWordSuffix != ""},
	} {
		if option.set {
			return fmt.Errorf("the option %q is not supported", option.name)
		}
	}
	return nil
}

// hfVocab is the tokens by id, as a file writes them; empty for an id that is none. In the file it is an object with their ids.
type hfVocab []string

func (v hfVocab) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	ids := make(map[string]int, len(v))
	for id, key := range v {
		if key == "" {
			continue
		}
		if other, taken := ids[key]; taken {
			return nil, fmt.Errorf("tokens %d and %d are both written %q in a file", other, id, key)
		}
		ids[key] = id
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		if err := e.Encode(key); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // the encoder ends lines
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(id))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (v *hfVocab) UnmarshalJSON(data []byte) error {
	var ids map[string]int32
	if err := json.Unmarshal(data, &ids); err != nil {
		return err
	}
	*v = nil
	for key, id := range ids {
		if err := v.set(id, key, 2*len(ids)+1024); err != nil {
			return err
		}
	}
	return nil
}

// set enters a token. Ids may leave some numbers out, but not most of them: limit is the first that is too high.
func (v *hfVocab) set(id int32, key string, limit int) error {
	if id < 0 || int(id) >= limit {
		return fmt.Errorf("token %q has the id %d: ids are numbered from 0, without large gaps", key, id)
	}
	if more := int(id) + 1 - len(*v); more > 0 {
		*v = append(*v, make([]string, more)...)
	}
	if old := (*v)[id]; old != "" && old != key {
		return fmt.Errorf("tokens %q and %q have the same id, %d", min(old, key), max(old, key), id)
	}
	(*v)[id] = key
	return nil
}

// hfMerge is a pair of tokens: ["a","b"], or "a b" in files of the older kind, which is what we write, because every program reads it.
type hfMerge struct{ left, right string }

func (m hfMerge) MarshalJSON() ([]byte, error) {
	if strings.Contains(m.left+m.right, " ") {
		return json.Marshal([2]string{m.left, m.right})
	}
	return json.Marshal(m.left + " " + m.right)
}

func (m *hfMerge) UnmarshalJSON(data []byte) error {
	var both []string
	if data[0] == '"' {
		var line string
		if err := json.Unmarshal(data, &line); err != nil {
			return err
		}
		both = strings.Split(line, " ")
	} else if err := json.Unmarshal(data, &both); err != nil {
		return err
	}
	if len(both) != 2 {
		return fmt.Errorf("a merge joins two tokens: %.60s", data)
	}
	*m = hfMerge{both[0], both[1]}
	return nil
}

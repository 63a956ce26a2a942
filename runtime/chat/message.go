package chat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// The special tokens that a message stands between, in ChatML.
const (
	Start = "<|im_start|>"
	End   = "<|im_end|>"
)

// The usual roles.
const (
	System    = "system"
	User      = "user"
	Assistant = "assistant" // the model's own
)

// Message is what one side says.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Conversation is messages in their order.
type Conversation []Message

// Ask is a conversation of one question.
func Ask(question string) Conversation { return Conversation{{User, question}} }

// String is the conversation as text, in ChatML.
func (c Conversation) String() string {
	var b strings.Builder
	for _, m := range c {
		b.WriteString(Start + m.Role + "\n" + m.Content + End + "\n")
	}
	return b.String()
}

// check returns an error for a conversation without messages, or with a role that is no single word.
func (c Conversation) check() error {
	if len(c) == 0 {
		return fmt.Errorf("a conversation without messages")
	}
	for i, m := range c {
		if len(strings.Fields(m.Role)) != 1 || strings.ContainsAny(m.Role, "<>| \t\n") {
			return fmt.Errorf("message %d has the role %q, want a word such as %s, %s or %s", i, m.Role, System, User, Assistant)
		}
	}
	return nil
}

// Read reads conversations from a file with a JSON object on each line: {"messages": [{"role": "user", "content": "..."}, ...]}.
func Read(path string) ([]Conversation, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("chat: read: %w", err)
	}
	var all []Conversation
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var one struct{ Messages Conversation }
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, fmt.Errorf("chat: read %s: line %d: %w", path, n, err)
		}
		if err := one.Messages.check(); err != nil {
			return nil, fmt.Errorf("chat: read %s: line %d: %w", path, n, err)
		}
		all = append(all, one.Messages)
	}
	return all, nil
}

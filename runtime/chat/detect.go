package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// marks are what tells a form from the template of a published model: all that it must have, and what it must not have. The first that fits counts.
var marks = []struct {
	form       Form
	has, lacks []string
}{
	{Qwen3, []string{Start, "enable_thinking"}, nil},
	{ChatML, []string{Start, End}, []string{"<think>"}},
	{Llama3, []string{"<|start_header_id|>", "<|eot_id|>"}, nil},
	{Gemma3, []string{"<start_of_turn>", "first_user_prefix"}, nil},
	{Gemma, []string{"<start_of_turn>", "<end_of_turn>"}, nil},
	{Phi3, []string{"<|user|>", "<|end|>"}, []string{"<|tool|>"}},
	{Zephyr, []string{"<|user|>", "<|assistant|>", "eos_token"}, []string{"<|end|>"}},
	{Llama2, []string{"[INST]", "<<SYS>>"}, nil},
	{MistralV1, []string{"'[INST] '", "' [/INST]'", "eos_token + ' '"}, []string{"[AVAILABLE_TOOLS]"}},
	{Mistral, []string{"'[INST] '", "' [/INST]'", "eos_token"}, []string{"[AVAILABLE_TOOLS]"}},
}

// FormOf is the form of a model in a folder as Hugging Face publishes models, told by marks of its template for conversations: chat_template.jinja, or
// chat_template in tokenizer_config.json. What a template does beside, such as the system message that some write where nobody said anything, is left out. It is
// an error if there is none, or none that is known: [As] then takes a form that is named.
func FormOf(folder string) (Form, error) {
	text, err := template(folder)
	if err != nil {
		return "", fmt.Errorf("chat: the form of %s: %w", folder, err)
	}
	for _, m := range marks {
		if containsAll(text, m.has) && !containsAny(text, m.lacks) {
			return m.form, nil
		}
	}
	return "", fmt.Errorf("chat: the form of %s: its template is none that is known: %s", folder, names())
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

func containsAny(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// template is the text of a folder's template.
func template(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "chat_template.jinja"))
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return string(text), err
	}
	const name = "tokenizer_config.json"
	text, err = os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return "", err
	}
	var config struct {
		Template json.RawMessage `json:"chat_template"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return named(config.Template)
}

// named takes the default one of several templates.
func named(text json.RawMessage) (one string, err error) {
	if json.Unmarshal(text, &one) == nil && one != "" {
		return one, nil
	}
	var several []struct{ Name, Template string }
	if json.Unmarshal(text, &several) == nil {
		for _, t := range several {
			if t.Name == "default" {
				return t.Template, nil
			}
		}
	}
	return "", errors.New("it has no template for conversations")
}

package chat

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFormOf tells forms by what templates of published models have, where they may stand, and refuses others.
func TestFormOf(t *testing.T) {
	const inst = "{{ '[INST] ' + message['content'] + ' [/INST]' }}"
	for _, row := range []struct {
		template string
		want     Form
		err      string
	}{
		{"'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>'", ChatML, ""},
		{"'<|im_start|>' .. '<|im_end|>' {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}", Qwen3, ""},
		{"'<|im_start|>' .. '<|im_end|>' .. '<think>\n'", "", "is none that is known: chatml, llama3, "},
		{"'<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' .. '<|eot_id|>'", Llama3, ""},
		{"first_user_prefix .. '<start_of_turn>' .. '<end_of_turn>\n'", Gemma3, ""},
		{"raise_exception('System role not supported') .. '<start_of_turn>' .. '<end_of_turn>\n'", Gemma, ""},
		{"{{'<|user|>\n' + message['content'] + '<|end|>\n'}} .. '<|assistant|>\n' .. eos_token", Phi3, ""},
		{"{{ '<|user|>\n' + message['content'] + eos_token }} .. {{ '<|assistant|>' }}", Zephyr, ""},
		{"'<<SYS>>\n' .. '[INST] '", Llama2, ""},
		{inst + "{{ message['content'] + eos_token }}", Mistral, ""},
		{inst + "{{ message['content'] + eos_token + ' ' }}", MistralV1, ""},
		{inst + "[AVAILABLE_TOOLS] eos_token", "", "is none that is known"},
		{"<|User|>", "", "is none that is known"},
		{"", "", "it has no template for conversations"},
	} {
		whole := t.TempDir()
		put(t, whole, "tokenizer_config.json", map[string]any{"chat_template": row.template})
		several := t.TempDir()
		put(t, several, "tokenizer_config.json", map[string]any{"chat_template": []map[string]string{{"name": "tool_use", "template": "?"}, {"name": "default", "template": row.template}}})
		for _, folder := range []string{whole, several} {
			got, err := FormOf(folder)
			if got != row.want || (err == nil) != (row.err == "") && folder == whole || err != nil && folder == whole && !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: form %q, error %v, want %q and %q", row.template, got, err, row.want, row.err)
			}
		}
	}
	apart := t.TempDir()
	if _, err := FormOf(apart); err == nil || !strings.Contains(err.Error(), "tokenizer_config.json") {
		t.Errorf("an empty folder: error %v", err)
	}
	if err := os.WriteFile(filepath.Join(apart, "chat_template.jinja"), []byte("'<start_of_turn>' '<end_of_turn>'"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := FormOf(apart); got != Gemma || err != nil {
		t.Errorf("a file of its own: form %q, error %v", got, err)
	}
}

func put(t *testing.T, folder, name string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

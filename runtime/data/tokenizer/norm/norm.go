// Package norm has Unicode's normal forms, for tokenizers that want their text in one of them. Import it for that alone:
//
//	import _ "github.com/resident-go/resident/runtime/data/tokenizer/norm"
package norm

import (
	"golang.org/x/text/unicode/norm"

	"github.com/resident-go/resident/runtime/data/tokenizer"
)

func init() {
	tokenizer.RegisterNormalForm("NFC", norm.NFC.String)
	tokenizer.RegisterNormalForm("NFD", norm.NFD.String)
	tokenizer.RegisterNormalForm("NFKC", norm.NFKC.String)
	tokenizer.RegisterNormalForm("NFKD", norm.NFKD.String)
}

// Package eval measures what a language model can do, and how far the measurement can be trusted.
//
//	c, err := eval.Choose(model, tok, eval.Opticks())     // multiple choice: which option is the most probable one
//	fmt.Println(c.Accuracy(), c.AccuracyNorm())           // 41.7 % ± 8.3 (n = 36), ..
//	k, err := c.Calibration(10)                           // is it right as often as it is sure?
//	p, err := eval.Text(model, tok, text, 64)             // perplexity, and bits per byte
//	fmt.Println(eval.Paired(before, after))               // the same questions asked twice
//
// Numbers over few questions jump. Every share is a [Score] with its standard error, and two models that answered the same questions are
// compared question by question ([Paired]), which says more than two shares side by side.
//
// Rules:
//   - Models are judged without dropout, and not changed.
//   - A text begins with [tokenizer.Begin], as in a session of package infer.
//   - Prompt and option are encoded each by itself, as data.Pairs does it: a blank between them belongs to the option.
//
// Multiple choice and perplexity have the definitions of the Language Model Evaluation Harness (acc, acc_norm, word and byte
// perplexity, and the standard error of a mean; Gao et al. 2021, doi:10.5281/zenodo.5371628), exact match those of SQuAD
// (arXiv:1606.05250), calibration that of Guo et al. 2017 (arXiv:1706.04599).
package eval

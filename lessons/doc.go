// Package lessons is the lesson: it reads one, runs its cells, checks what they print, builds what each reader gets, and shows the result.
//
// # Concept
//
// A lesson is one Markdown file that is at once a page that reads well on a code host, a notebook, a Go program that is checked, and an exam.
// [Parse] turns it into plain structs, [Run] executes its cells through a [Runner] and judges each one, [Lesson.Build] makes what students and
// graders get, [Checker] holds it to its word, [Page.WriteHTML] makes one offline page. A notebook file becomes the same structs with [FromNotebook].
//
// The format is a subset of what jupytext reads as Markdown, so that its tools work on lessons as they are.
//
// # The source format
//
// Files. A lesson is UTF-8 Markdown (.md), read as CommonMark with GitHub's tables, task lists, strikethrough and alerts. It may start with YAML
// front matter between two lines of "---": our keys stand under "lesson" (see [Meta]; an unknown one is an error), Jupyter's under "jupyter" as
// jupytext writes them, other keys belong to other tools. Front matter has at most 32 kB, and no more than 100 quotations and lists begin in one line.
//
// Code cells. A fence at the top level whose info string starts with "go" is a code cell. With ".noeval" after it, it is shown and not run. A
// fence in a list, a quotation or a region, or in another language, is prose.
//
// Attributes. They follow "go" or "#region" as key=JSON, separated by spaces: name="load" tol=1e-6. There are no flags without a value. Sorted by key
// and spelled as jupytext spells JSON (a space behind commas and colons, short numbers) they are canonical; [Format] makes them so,
// and nothing else touches their order. An unknown key is an error that
// suggests a known one. Keys that start with "x-" are for others, and pass, as do those that Jupyter defines (slideshow, editable and the like).
// Kernels see to memory and seed: in front ends that send a cell's metadata with its code, as JupyterLab and pages of lessons/live do, these
// hold, too. Those that do not, such as nbconvert, run the cell without.
//
//	name          [A-Za-z0-9_-]{1,64}, unique: the cell's id in a notebook, nbgrader's grade_id, the anchor #cell-NAME on the page
//	exercise      the exercise that a cell belongs to
//	role          setup, demo, starter, solution, test, check, playground: see [Role]; on a page, a playground is a model that
//	              computes: x-model names a folder beside the lesson with one of the lesson's own, as checkpoint.Save
//	              and tokenizer.Save (tokenizer.json) write it, x-prompts=["Light is"] what to ask it
//	points        a number: what a test or an answer is worth
//	kind          auto, manual, task: who gives the points; manual is for answers that a person reads, task for prose that asks for something
//	visibility    visible, hidden, after_due, after_published: whose versions have the cell
//	weight        a number: what the points are multiplied by wherever points are added up, 1 without; in nbgrader, which adds them up itself, the
//	              points are the product
//	lock          true: front ends and nbgrader keep readers from changing the cell, or put it back
//	frozen        true: front ends alone do, of a cell that nbgrader need not know; in a notebook both are "editable": false and "deletable": false
//	timeout       "30s": after which the cell is interrupted
//	memory        "256MB", "1.5GiB": what the cell may take beyond what is taken when it begins. One that takes more is interrupted, and fails with the
//	              error MemoryLimit; one that cannot be stopped in time ends with the session's process, and variables are lost
//	seed          a whole number, up to 2^53-1: what random numbers start from while the cell runs, so that its output can be expected. Those of the functions of
//	              math/rand are then those of its NewSource(seed), of math/rand/v2 those of its NewPCG(seed, 0). The runtime's are told a seed where
//	              they are made and have 0 without, whatever this says; the order of maps and of goroutines, and crypto/rand, have none
//	deps          ["tools", "train"]: the cells above that the cell needs, by name; [] is none. Without it, a cell needs all code above it but tests. Cells of one
//	              exercise need those of it that stand above. [Lesson.Only] runs what some cells need, and no more
//	expect        ok, panic, compile-error, error: how the cell ends
//	expect_match  a regular expression for the error's text
//	match, tol    how the output is compared: match="regex", match="lines", tol=1e-6
//	include       "sgd.go#step": the code stands in a region of a Go file
//	hide          code, output, all: what the page leaves out
//	tags          nbformat's; raises-exception, skip-execution and parameters mean what they do to Jupyter
//
// Prose cells. Prose between code cells is one cell, or several where two blank lines stand between blocks. A region,
// <!-- #region name="intro" --> to the next line <!-- #endregion -->, is one prose cell whatever is in it; words before its attributes are a title for
// editors. <!-- #md --> is the same, and <!-- #raw --> a raw cell of nbformat, which pages leave out.
//
// Solutions and tests. In code, "// BEGIN SOLUTION" to "// END SOLUTION" and a line that ends in "// SOLUTION" are for those who know; "// BEGIN HIDDEN
// TESTS" to "// END HIDDEN TESTS" are for those who grade. Prose has the same words, and MARK SCHEME, in HTML comments that stand alone in their
// lines. These marks are comments: the source with its solutions compiles as it is written.
//
// Cases. A test cell of statements check.Case(NAME, POINTS).Call(FUNCTION, ARGUMENTS...).Want(VALUES...), see package lessons/check, is judged case by case; where submissions are graded, outside of
// the process that has the student's code. Its points are the sum of theirs. A case can also ask for a variable, a panic, what is printed, or what the lesson's own solution
// returns, and has a hint for who gets it wrong, and what it is about for all who fail; it stands alone, in no loop and no if. Functions TestX(*testing.T) of a test cell, which the line //resident:test in it runs,
// share its points; any other test passes as a whole or not.
//
// Expected output. A comment "// Output:" or "// Unordered output:", the last one of a code cell, says what the cell prints, with the exact meaning it
// has in Go's example tests; see [Expectation].
//
// Outputs are not kept in a lesson, unless it has a fence for them: what a run prints in the cell NAME goes into the prose's fence with the info string
// output cell="NAME" when that is asked for, with [Report.Fill].
//
// Includes. The fence of a cell with the attribute include is empty. Its code is what stands between the comments "// #region NAME" and "// #endregion" of a
// Go file in the lesson's folder or below it, or without #NAME all that follows the package clause. A line "//resident:include FILE#NAME" in it
// takes in another region. [Lesson.Include] reads them.
//
// Parameters. Variables that the cell with the tag "parameters" declares can be set from outside, as papermill does it: [Lesson.SetParameters].
//
// Hints, alerts, formulas, diagrams. A hint is <details name="hint"><summary>Hint 1</summary> ... </details>; browsers keep one of a name open. Alerts are
// quotations that start with [!NOTE], [!TIP], [!IMPORTANT], [!WARNING] or [!CAUTION]. Formulas stand between $ or $$. A fence in
// the language mermaid is a diagram: pages draw flowcharts and diagrams of states, sequences, classes and entities; accTitle and accDescr in it say what it shows to
// those who do not see it. What cannot be drawn is shown as its source.
//
// # Notebooks
//
// [Lesson.WriteNotebook] writes nbformat 4.5: a cell's id is its name, metadata.lesson holds its attributes, metadata.tags its tags, and metadata.nbgrader of
// graded cells exactly what nbgrader's schema, version 3, asks for. Where the source is not canonical, metadata.lesson.source has the bytes as they were, so
// that [Markdown] gives back the same file, byte for byte, as long as nothing was changed; what was changed is spliced in. Outputs stay behind.
// A notebook also carries the lesson's version ([Lesson.Version]), in metadata.lesson.source.version. [Merge] takes the changes of a notebook over into a lesson that has changed itself since.
//
// # Non-goals
//
// The package does not execute Go: whoever calls it hands it a [Runner]. It never prints a parsed document back as Markdown: cells know their byte range
// in the source, and every change is a splice. So prose is never reformatted.
package lessons

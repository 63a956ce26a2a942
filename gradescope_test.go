package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons/gradescope"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

// stepThat answers the lesson's first exercise: the first function does this, the second what it should.
func stepThat(does string) string {
	return "func Step(x, rate, slope float64) float64 { " + does + "; return x - rate*slope }\n" + rightMove
}

const rightMove = "func Move(p point, by ...float64) (point, error) { if len(by) != 2 { return p, fmt.Errorf(\"two\") }; return point{p.X + by[0], p.Y + by[1]}, nil }\n"

// handedToGradescope are submissions of testdata/gradescope/steps.md by the cell "step", and what comes of them. The other answers are as they were given out.
var handedToGradescope = []struct {
	name, step string
	score      float64
	says       string // in a visible test
}{
	{name: "right", step: stepThat("_ = x"), score: 4},
	{name: "untouched", score: 0},
	{name: "broken", step: "func Step(", says: "your cell step"},
	{name: "reads-the-lesson", step: stepThat("b, err := os.ReadFile(\"/autograder/source/lesson/steps.md\"); panic(fmt.Sprint(len(b), \" bytes, \", err))"), score: 2, says: "0 bytes, open /autograder/source/lesson/steps.md: permission denied"},
	{name: "lists-the-source", step: stepThat("l, err := os.ReadDir(\"/autograder/source\"); panic(fmt.Sprint(len(l), \" files, \", err))"), score: 2, says: "0 files, open /autograder/source: permission denied"},
	{name: "forges-results", step: stepThat("panic(os.WriteFile(\"/autograder/results/results.json\", []byte(`{\"score\": 100}`), 0o666))"), score: 2, says: "permission denied"},
	{name: "replaces-the-grader", step: stepThat("panic(os.WriteFile(\"/autograder/run_autograder\", nil, 0o777))"), score: 2, says: "permission denied"},
	{name: "becomes-root", step: stepThat("panic(fmt.Sprint(syscall.Setuid(0), \" \", os.Getuid() >= 20000))"), score: 2, says: "operation not permitted true"},
	{name: "reads-the-graders-memory", step: stepThat("n := 0; l, _ := filepath.Glob(\"/proc/[0-9]*/environ\"); for _, f := range l { if b, err := os.ReadFile(f); err == nil && bytes.Contains(b, []byte(\"GOMODCACHE=\")) && !bytes.Contains(b, []byte(\"GOPROXY=off\")) { n++ } }; panic(fmt.Sprint(n, \" of the grader\"))"), score: 2, says: "0 of the grader"},
	{name: "calls-home", step: stepThat("_, err := net.Dial(\"tcp\", \"127.0.0.1:9\"); panic(err)"), score: 2, says: "operation not permitted"},
	{name: "leaves-a-process", step: stepThat("exec.Command(\"setsid\", \"sleep\", \"98765\").Start()"), score: 4},
}

// TestGradescope has Gradescope's part played: the exported zip is unpacked, set up and run where /autograder is real, as root with no more rights than a container's.
func TestGradescope(t *testing.T) {
	if os.Geteuid() != 0 {
		if _, err := sandbox.Lacking(sandbox.Container); err == nil {
			t.Error("who is not root has sandboxes in mode container")
		}
		return // Gradescope's scripts are started by root, and this test mounts
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("Gradescope's containers are amd64, and the zip carries this program")
	}
	lab := t.TempDir()
	in := func(name string) string { return filepath.Join(lab, name) }
	for _, name := range []string{"lab", "source", "submissions", "out"} {
		if err := os.Mkdir(in(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p := &Program{Stdin: strings.NewReader(""), Stdout: t.Output(), Stderr: t.Output()}
	if code := p.Run(t.Context(), []string{"export", "gradescope", "testdata/gradescope/steps.md", "-o", in("autograder.zip")}); code != exitOK {
		t.Fatalf("export: exit code %d", code)
	}
	unpack(t, in("autograder.zip"), in("source"))
	if code := p.Run(t.Context(), []string{"build", "testdata/gradescope/steps.md", "-o", in("blank.ipynb")}); code != exitOK {
		t.Fatalf("build: exit code %d", code)
	}
	for _, row := range handedToGradescope {
		handIn(t, in("blank.ipynb"), row.step, filepath.Join(in("submissions"), row.name))
	}
	nothing := filepath.Join(in("submissions"), "nothing")
	if err := errors.Join(os.Mkdir(nothing, 0o755), os.WriteFile(filepath.Join(nothing, gradescope.MetadataFile), []byte(aSubmission), 0o644), os.WriteFile(filepath.Join(nothing, "essay.pdf"), []byte("%PDF"), 0o644)); err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--pid", "--fork", "bash", "testdata/gradescope/container.sh", in("lab"), in("source"), in("submissions"), in("out"),
		filepath.Join(cache, "resident"), strings.TrimSpace(outputOf(t, "go", "env", "GOROOT")))
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatalf("the container: %v", err)
	}
	if left, err := os.ReadFile(in("out/left")); err == nil {
		t.Errorf("after a submission was graded, %s", left)
	}
	for _, row := range handedToGradescope {
		t.Run(row.name, func(t *testing.T) {
			r := resultsOf(t, in("out"), row.name)
			if r.Score != row.score {
				t.Errorf("score %g, want %g", r.Score, row.score)
			}
			said, told := "", false
			for _, test := range r.Tests {
				switch test.Visibility {
				case "visible":
					said += test.Output + "\n"
				case "hidden":
					told = strings.Contains(test.Output, "The sandbox had no network namespace")
				}
			}
			if !strings.Contains(said, row.says) {
				t.Errorf("it said %q, want %q", said, row.says)
			}
			if !told {
				t.Error("instructors are not told what the sandbox did without")
			}
		})
	}
	if r := resultsOf(t, in("out"), "nothing"); r.Score != 0 || !strings.Contains(r.Output, "no notebook") {
		t.Errorf("nothing: %+v", r)
	}
}

const aSubmission = `{"id": 123456, "created_at": "2018-07-01T14:22:32.365935-07:00", "assignment": {"due_date": "2018-07-31T23:00:00.000000-07:00", "group_size": 4, "group_submission": true, "id": 25828,
"course_id": 1234, "late_due_date": null, "release_date": "2018-07-02T00:00:00.000000-07:00", "title": "Steps", "total_points": "20.0"}, "submission_method": "upload",
"users": [{"email": "student@example.com", "id": 1234, "name": "Student User"}], "previous_submissions": []}`

// unpack unpacks a zip with its modes, as Gradescope does.
func unpack(t *testing.T, file, into string) {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		to := filepath.Join(into, f.Name)
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o644), os.Chmod(to, f.Mode())); err != nil {
			t.Fatal(err)
		}
	}
}

// handIn writes a submission: what was given out, with this in the cell "step".
func handIn(t *testing.T, blank, step, folder string) {
	t.Helper()
	f, err := os.Open(blank)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	nb, err := nbformat.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range nb.Cells {
		if nb.Cells[i].ID == "step" && step != "" {
			nb.Cells[i].Source = step
		}
	}
	var b bytes.Buffer
	if err := errors.Join(nbformat.Write(&b, nb), os.Mkdir(folder, 0o755), os.WriteFile(filepath.Join(folder, "my steps.ipynb"), b.Bytes(), 0o644),
		os.WriteFile(filepath.Join(folder, gradescope.MetadataFile), []byte(aSubmission), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func outputOf(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// resultsOf reads results, and holds that nothing hidden is in them.
func resultsOf(t *testing.T, out, name string) (r gradescope.Results) {
	t.Helper()
	said, _ := os.ReadFile(filepath.Join(out, name+".log"))
	data, err := os.ReadFile(filepath.Join(out, name+".json"))
	if err != nil {
		t.Fatalf("%v; it said\n%s", err, said)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	for _, hidden := range []string{"too few", "flat", "nothing is"} {
		if bytes.Contains(data, []byte(hidden)) {
			t.Errorf("%q of a hidden test is in the results\n%s", hidden, data)
		}
	}
	return r
}

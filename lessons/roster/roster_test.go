package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/gradebook"
)

// theBook is a class of seven and two lessons, as different places hand in what students wrote.
func theBook() *gradebook.Book {
	b := &gradebook.Book{Tasks: []gradebook.TaskInfo{{Name: "steps", Title: "First Steps", Max: 10}, {Name: "sums", Title: "Sums & more", Max: 4}}}
	add := func(student, task string, score float64, pending bool) {
		b.Entries = append(b.Entries, gradebook.Entry{Student: student, Task: task, Score: score, Max: 10, Pending: pending, Attempt: &grade.Attempt{Results: []grade.Result{
			{ID: "test-step", Verdict: grade.Passed, Points: 4, Max: 4},
			{ID: "test-sum", Verdict: grade.Panicked, Max: 2, Reason: "<script>"},
		}}})
	}
	add("doejane_101", "steps", 8, false)   // a download of Canvas
	add("jsmith", "steps", 6.25, false)     // a login
	add("Jörg Müller_7", "steps", 4, false) // a download of Moodle
	add("a@x.org", "steps", 3, false)       // an address
	add("nobody", "steps", 1, false)
	add("Max Twin", "steps", 2, false)
	add("waiting_105", "steps", 5, true)
	slices.SortFunc(b.Entries, func(x, y gradebook.Entry) int { return strings.Compare(x.Student, y.Student) }) // as books are
	return b
}

const canvas = "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,First Steps (4711),Other (4712),Assignments Current Score\r\n" +
	",,,,,Manual Posting,,\r\n" +
	"    Points Possible,,,,,10.0,5,(read only)\r\n" +
	"\"Doe, Jane\",101,S1,jane,\"A, \"\"morning\"\"\",,3,\r\n" +
	"\"Smith, John\",102,S2,jsmith,A,1,,\r\n" +
	"=cmd(),103,S3,evil,A,,,\r\n" +
	"\"Twin, Max\",106,S6,twin1,A,,,\r\n" +
	"\"Twin, Max\",107,S7,twin2,A,,,\r\n" +
	"\"Müller, Jörg\",104,S4,joerg,A,,,\r\n" +
	"\"Wait, Ing\",105,S5,wait,A,2,,\r\n"

const moodle = "First name,Last name,ID number,Institution,Department,Email address,Assignment: First Steps (Real),Assignment: First Steps (Feedback),Course total (Real),Last downloaded from this course\n" +
	"Jane,Doe,J1,,,jane@x.org,-, ,-,1764120000\n" +
	"Jörg,Müller,J2,,,joerg@x.org,-, ,-,1764120000\n" +
	"Ada,Lovelace,J3,,,A@X.org,-, ,-,1764120000\n"

// As a German Moodle writes them (mod/assign/gradingtable.php, grade/export/txt), a Spanish one that marks blindly, and a Chinese one.
const germanWorksheet = "ID,\"Vollständiger Name\",E-Mail-Adresse,Status,Bewertung,Bestwertung,\"Bewertung kann geändert werden\",\"Zuletzt geändert (Abgabe)\",\"Zuletzt geändert (Bewertung)\",\"Feedback als Kommentar\"\n" +
	"Teilnehmer/in7,\"Jörg Müller\",joerg@x.org,\"Zur Bewertung abgegeben\",,\"20,00\",Ja,\"Mittwoch, 25. November 2026, 10:00\",-,\n" +
	"Teilnehmer/in8,\"Jane Doe\",jane@x.org,\"Keine Abgabe\",\"3,50\",\"20,00\",Ja,-,-,\n"

const blindWorksheet = "Identificador,Estado,Calificación,\"Calificación máxima\",\"La calificación puede ser cambiada\",\"Última modificación (calificación)\"\n" +
	"Participante7,\"Enviado para calificar\",-,10.00,Sí,-\n" +
	"Participante8,\"Enviado para calificar\",-,10.00,Sí,-\n"

const germanExport = "Vorname,Nachname,Matrikelnummer,Institution,Abteilung,E-Mail-Adresse,\"Aufgabe: First Steps (Punkte)\",\"Aufgabe: First Steps (Prozentsatz)\",\"Aufgabe: First Steps (Feedback)\",\"Kurs gesamt (Punkte)\",\"Zuletzt aus diesem Kurs geladen\"\n" +
	"Jane,Doe,,,,jane@x.org,-,-, ,-,1764120000\n" +
	"Jörg,Müller,4711,,,joerg@x.org,\"3,00\",\"30,00 %\", ,-,1764120000\n" +
	"Ada,Lovelace,4712,,,A@X.org,-,-, ,-,1764120000\n"

// As a Spanish one writes them, with texts that students wrote online in front of the time of the grade; feedback has another name in each language.
const spanishHead = "Identificador,\"Nombre completo\",\"Dirección de correo\",Estado,Calificación,\"Calificación máxima\",\"La calificación puede ser cambiada\",\"Última modificación (entrega)\",\"Texto en línea\",\"Última modificación (calificación)\""

const spanishWorksheet = spanishHead + ",\"Comentarios de retroalimentación\"\n" +
	"Participante7,\"Jörg Müller\",joerg@x.org,\"Enviado para calificar\",,\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",\"Hola, -\",-,\n" +
	"Participante8,\"Jane Doe\",jane@x.org,\"Sin entrega\",,\"10,00\",Sí,-,,-,\n"

const spanishWithout = spanishHead + "\n" +
	"Participante7,\"Jörg Müller\",joerg@x.org,\"Enviado para calificar\",,\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",Hola,-\n" +
	"Participante8,\"Jane Doe\",jane@x.org,\"Sin entrega\",,\"10,00\",Sí,-,,-\n"

const spanishGraded = spanishHead + ",\"Comentarios de retroalimentación\"\n" +
	"Participante7,\"Jörg Müller\",joerg@x.org,Calificado,\"3,00\",\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",Hola,\"jueves, 26 de noviembre de 2026, 10:00\",Bien\n"

const spanishExport = "Nombre,Apellido(s),Número de ID,Institución,Departamento,Dirección de correo,Tarea: First Steps (Real),Tarea: First Steps (Letra),Tarea: First Steps (Retroalimentación),Última descarga de este curso\n" +
	"Jane,Doe,,,,jane@x.org,-,-,,1764120000\n" +
	"Jörg,Müller,4711,,,joerg@x.org,\"3,00\",F,\"Bien, pero\",1764120000\n"

const letteredExport = "Nombre,Apellido(s),Dirección de correo,Tarea: First Steps (Real),Tarea: First Steps (Letra)\nJörg,Müller,joerg@x.org,\"3,00\",F\n"

const chineseExport = "姓,名,电子邮件地址,作业：First Steps（实际）\nMüller,Jörg,joerg@x.org,-\n"

const germanCanvas = "LastName;FirstName;ID;SIS Login ID;Section;First Steps (4711);Current Score\n    Points Possible;;;;;20,00;(nur Lesezugriff)\nDoe;Jane;101;jane;A;;\n"

const ownTable = "Nr.;Wer;Aufgabe 1;von\na@x.org;Ada;;5\njsmith;John;;5\n"

const worksheet = "Identifier;Full name;Email address;Status;Grade;Maximum grade;Grade can be changed;Feedback comments\n" +
	"Teilnehmer/in7;Jörg Müller;joerg@x.org;Submitted;;100.00;Yes;\n" +
	"Teilnehmer/in8;Jane Doe;jane@x.org;Submitted;;100.00;Yes;\n"

// TestFill compares what changed, line by line: - is gone, + is new.
func TestFill(t *testing.T) {
	one := func(b *gradebook.Book) *gradebook.Book { b.Tasks = b.Tasks[:1]; return b }
	for _, row := range []struct {
		name, src string
		book      *gradebook.Book
		changed   []string
		warnings  []string
		named     []string
	}{
		{"canvas.csv", canvas, theBook(), []string{
			"\"Doe, Jane\",101,S1,jane,\"A, \"\"morning\"\"\",8,3,\r\n",
			"\"Smith, John\",102,S2,jsmith,A,6.25,,\r\n",
			"\"Müller, Jörg\",104,S4,joerg,A,4,,\r\n",
		}, []string{"Max Twin could be any of 2", "a@x.org is not in it", "nobody is not in it", "waiting_105, steps: left out: a person", "no column for sums"}, nil},
		{"moodle.csv", moodle, theBook(), []string{
			"Jörg,Müller,J2,,,joerg@x.org,4,test-step: 4 of 4; test-sum: 0 of 2 (panicked),-,1764120000\n",
			"Ada,Lovelace,J3,,,A@X.org,3,test-step: 4 of 4; test-sum: 0 of 2 (panicked),-,1764120000\n",
		}, []string{"Max Twin is not", "doejane_101 is not", "jsmith is not", "nobody is not", "waiting_105 is not", "no column for sums"}, nil},
		{"worksheet.csv", worksheet, one(theBook()), []string{
			"Teilnehmer/in7;Jörg Müller;joerg@x.org;Submitted;40;100.00;Yes;\"test-step: 4 of 4; test-sum: 0 of 2 (panicked)\"\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105", "steps has 100 points there and 10 here"}, nil},
		{"german-worksheet.csv", germanWorksheet, one(theBook()), []string{
			"Teilnehmer/in7,\"Jörg Müller\",joerg@x.org,\"Zur Bewertung abgegeben\",8,\"20,00\",Ja,\"Mittwoch, 25. November 2026, 10:00\",-,test-step: 4 of 4; test-sum: 0 of 2 (panicked)\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105", "steps has 20 points there and 10 here"}, nil},
		{"blind-worksheet.csv", blindWorksheet, one(theBook()), []string{
			"Participante7,\"Enviado para calificar\",4,10.00,Sí,-\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105"}, nil},
		{"german-export.csv", germanExport, theBook(), []string{
			"Jane,Doe,,,,jane@x.org,8,-,test-step: 4 of 4; test-sum: 0 of 2 (panicked),-,1764120000\n",
			"Jörg,Müller,4711,,,joerg@x.org,4,\"30,00 %\",test-step: 4 of 4; test-sum: 0 of 2 (panicked),-,1764120000\n",
			"Ada,Lovelace,4712,,,A@X.org,3,-,test-step: 4 of 4; test-sum: 0 of 2 (panicked),-,1764120000\n",
		}, []string{"Max Twin is not", "jsmith is not", "nobody is not", "waiting_105 is not", "no column for sums"}, nil},
		{"spanish-worksheet.csv", spanishWorksheet, one(theBook()), []string{
			"Participante7,\"Jörg Müller\",joerg@x.org,\"Enviado para calificar\",4,\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",\"Hola, -\",-,test-step: 4 of 4; test-sum: 0 of 2 (panicked)\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105"}, nil},
		{"spanish-without.csv", spanishWithout, one(theBook()), []string{
			"Participante7,\"Jörg Müller\",joerg@x.org,\"Enviado para calificar\",4,\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",Hola,-\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105"}, nil},
		{"spanish-graded.csv", spanishGraded, one(theBook()), []string{
			"Participante7,\"Jörg Müller\",joerg@x.org,Calificado,4,\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",Hola,\"jueves, 26 de noviembre de 2026, 10:00\",Bien\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105", "whether it has a column for feedback cannot be told"}, nil},
		{"spanish-graded.csv", spanishGraded, one(theBook()), []string{
			"Participante7,\"Jörg Müller\",joerg@x.org,Calificado,4,\"10,00\",Sí,\"miércoles, 25 de noviembre de 2026, 10:00\",Hola,\"jueves, 26 de noviembre de 2026, 10:00\",test-step: 4 of 4; test-sum: 0 of 2 (panicked)\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101 is not", "jsmith", "nobody", "waiting_105"}, []string{"feedback=Comentarios de retroalimentación"}},
		{"spanish-export.csv", spanishExport, theBook(), []string{
			"Jane,Doe,,,,jane@x.org,8,-,test-step: 4 of 4; test-sum: 0 of 2 (panicked),1764120000\n",
			"Jörg,Müller,4711,,,joerg@x.org,4,F,test-step: 4 of 4; test-sum: 0 of 2 (panicked),1764120000\n",
		}, []string{"Max Twin is not", "a@x.org is not", "jsmith is not", "nobody is not", "waiting_105 is not", "no column for sums"}, nil},
		{"lettered-export.csv", letteredExport, one(theBook()), []string{
			"Jörg,Müller,joerg@x.org,4,F\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101", "jsmith", "nobody", "waiting_105", "whether it has a column for feedback cannot be told"}, nil},
		{"chinese-export.csv", chineseExport, one(theBook()), []string{
			"Müller,Jörg,joerg@x.org,4\n",
		}, []string{"Max Twin", "a@x.org", "doejane_101", "jsmith", "nobody", "waiting_105"}, nil},
		{"german-canvas.csv", germanCanvas, one(theBook()), []string{
			"Doe;Jane;101;jane;A;16;\n",
		}, []string{"Max Twin", "a@x.org", "Jörg Müller_7", "jsmith", "nobody", "waiting_105", "steps has 20 points there and 10 here"}, nil},
		{"own.csv", ownTable, theBook(), []string{
			"a@x.org;Ada;1.5;5\n", "jsmith;John;3.125;5\n",
		}, []string{"Max Twin", "doejane_101", "Jörg Müller_7", "nobody", "waiting_105", "no column for sums", "steps has 5 points there and 10 here"}, []string{"id=Nr.", "points:steps=aufgabe 1", "maximum=von"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var named Columns
			for _, text := range row.named {
				if err := named.Set(text); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Read(row.name, []byte(row.src), row.book.Tasks, named)
			if err != nil {
				t.Fatal(err)
			}
			filled, warnings := r.Fill(row.book)
			var changed []string
			before, after := strings.SplitAfter(row.src, "\n"), strings.SplitAfter(string(filled), "\n")
			for i, line := range after {
				if i >= len(before) || line != before[i] {
					changed = append(changed, line)
				}
			}
			if !slices.Equal(changed, row.changed) || len(before) != len(after) {
				t.Errorf("changed\n%q\nwant\n%q", changed, row.changed)
			}
			slices.Sort(warnings)
			slices.Sort(row.warnings)
			for _, want := range row.warnings {
				if n := len(slices.DeleteFunc(slices.Clone(warnings), func(w string) bool { return !strings.Contains(w, want) })); n != 1 {
					t.Errorf("%d warnings say %q: %q", n, want, warnings)
				}
			}
			if len(warnings) != len(row.warnings) {
				t.Errorf("warnings %q, want %q", warnings, row.warnings)
			}
		})
	}
}

// TestShared leaves out students that are one in the table.
func TestShared(t *testing.T) {
	b := theBook()
	b.Of("jsmith", "steps").Student = "jane"
	r, err := Read("canvas.csv", []byte(canvas), b.Tasks, Columns{})
	if err != nil {
		t.Fatal(err)
	}
	if _, warnings := r.Fill(b); !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "doejane_101 and jane are one and the same") }) {
		t.Errorf("%q", warnings)
	}
}

func TestRefused(t *testing.T) {
	tasks := theBook().Tasks
	for src, want := range map[string]string{
		"":              "it is empty",
		"a,b\n1,2\n":    "no export of Canvas or Moodle that is known: its columns are a, b. Say what they are (--roster-column): id=COLUMN",
		germanWorksheet: "is for one assignment, and 2 are graded: grade that lesson alone, or name the one: points:LESSON=COLUMN",
		"Nom,Mail,Devoir: steps (Brut),Devoir: steps (Lettre)\nA,a@x.org,-,-\n": "several columns may be for the points of steps (Devoir: steps (Brut), Devoir: steps (Lettre)): say which (--roster-column): points:steps=COLUMN",
		"Student,ID,Section,Other (1)\n":                                        `no column for what is graded: want one that is called like a lesson ("steps" or "First Steps", "sums" or "Sums & more")`,
		"Student,ID,Section,Steps (1),STEPS (2)\n":                              "two columns are for steps",
		worksheet:             "is for one assignment, and 2 are graded",
		"Student,ID\n\"x":     "line 2: a quote is not closed",
		"Student,ID\n\"x\"y,": `line 2: 'y' stands behind a field in quotes`,
		"\xff\xfeS\x00":       "UTF-16",
		"Student,ID\n\xe9\n":  "not UTF-8",
	} {
		if _, err := Read("x.csv", []byte(src), tasks, Columns{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}

// TestNamed are columns that were named and cannot be used.
func TestNamed(t *testing.T) {
	for _, row := range []struct {
		src   string
		named []string
		want  string
	}{
		{ownTable, []string{"points:steps=Aufgabe 1"}, "it is no export of Canvas or Moodle that is known"},
		{ownTable, []string{"id=Nr."}, "it is no export of Canvas or Moodle that is known"},
		{ownTable, []string{"id=Nummer", "points:steps=Aufgabe 1"}, `it has no column "Nummer": its columns are Nr., Wer, Aufgabe 1, von`},
		{ownTable, []string{"id=Nr.", "points=Aufgabe 1"}, `points of "": want points:LESSON=COLUMN with one of the lessons ("steps" or`},
		{ownTable, []string{"id=Nr.", "points:stesp=Aufgabe 1"}, `points of "stesp": want`},
		{"", []string{"points"}, `column "points": want id=COLUMN`},
		{"", []string{"id="}, `column "id=": want id=COLUMN`},
		{"", []string{"id:steps=Nr."}, `column "id:steps=Nr.": want id=COLUMN`},
		{"", []string{"grade=Nr."}, `column "grade=Nr.": want id=COLUMN`},
	} {
		var named Columns
		var err error
		for _, text := range row.named {
			err = errors.Join(err, named.Set(text))
		}
		if err == nil {
			_, err = Read("x.csv", []byte(row.src), theBook().Tasks, named)
		}
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: %v, want %q", row.named, err, row.want)
		}
	}
}

// FuzzRead reads and fills whatever table it is given.
func FuzzRead(f *testing.F) {
	for _, src := range []string{canvas, moodle, worksheet, germanWorksheet, blindWorksheet, germanExport, spanishWorksheet, spanishGraded, spanishExport, chineseExport, germanCanvas, ownTable} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for n := range 2 {
			b := theBook()
			b.Tasks = b.Tasks[:1+n]
			if r, err := Read("x.csv", src, b.Tasks, Columns{}); err == nil {
				r.Fill(b)
			}
		}
	})
}

// FuzzTable reads what encoding/csv reads, and puts back what it has read.
func FuzzTable(f *testing.F) {
	for _, src := range []string{canvas, moodle, worksheet, "", "a\n\nb", "\"\"\n", "a,\"b\r\nc\"\r\n", "a\tb\n", "\"", "a\r"} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		table, err := readTable(src)
		if err != nil {
			return
		}
		if got := table.splice(nil); !bytes.Equal(got, src) {
			t.Fatalf("without an edit it is %q", got)
		}
		c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(src, mark)))
		c.Comma, c.FieldsPerRecord = rune(table.comma), -1
		want, err := c.ReadAll()
		if err != nil {
			return
		}
		var got [][]string
		for _, row := range table.rows {
			var texts []string
			for _, f := range row {
				texts = append(texts, strings.ReplaceAll(f.text, "\r\n", "\n"))
			}
			got = append(got, texts)
		}
		if n := len(got); n > 0 && bytes.HasSuffix(src, []byte("\r")) { // which the other reader takes away
			last := got[n-1]
			last[len(last)-1] = strings.TrimSuffix(last[len(last)-1], "\r")
			if len(last) == 1 && last[0] == "" {
				got = got[:n-1]
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%q: got %q, want %q", src, got, want)
		}
	})
}

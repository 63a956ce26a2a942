package device

import (
	"fmt"
	"slices"
)

// UnaryOp says what [Unary] computes.
type UnaryOp uint8

// The functions of one number; P and Q are the operation's parameters.
const (
	Neg        UnaryOp = iota // -x
	Abs                       // |x|
	Sign                      // -1, 0 or 1
	Exp                       // e^x
	Log                       // natural logarithm
	Sqrt                      // √x
	Square                    // x²
	Reciprocal                // 1/x
	Sin                       // of radians
	Cos                       // of radians
	Tanh                      //
	Sigmoid                   // 1/(1+e^-x)
	ReLU                      // max(x, 0)
	GELU                      // x·Φ(x), Φ the normal distribution's (Hendrycks and Gimpel, arXiv:1606.08415)
	GELUTanh                  // the approximation 0.5x(1+tanh(√(2/π)(x+0.044715x³))) of the same paper, GPT-2's
	SiLU                      // x·sigmoid(x)
	Floor                     //
	Ceil                      //
	Round                     // to the nearest, ties to even
	Affine                    // Px + Q
	Power                     // x^P
	Clamp                     // at least P and at most Q
	unaryOps
)

var unaryNames = [...]string{Neg: "neg", Abs: "abs", Sign: "sign", Exp: "exp", Log: "log", Sqrt: "sqrt", Square: "square", Reciprocal: "reciprocal",
	Sin: "sin", Cos: "cos", Tanh: "tanh", Sigmoid: "sigmoid", ReLU: "relu", GELU: "gelu", GELUTanh: "gelu-tanh", SiLU: "silu",
	Floor: "floor", Ceil: "ceil", Round: "round", Affine: "affine", Power: "power", Clamp: "clamp"}

func (o UnaryOp) String() string { return unaryNames[o] }

// UnaryOps are all of them.
func UnaryOps() []UnaryOp { return span(unaryOps) }

// Unary is Dst = Op(X), element by element, between floats of one type and shape. Neg, Abs, Sign, Square, Affine and Clamp take
// I32, too.
type Unary struct {
	Op     UnaryOp
	Dst, X View
	P, Q   float64
}

// Check implements [Op].
func (o Unary) Check() error {
	if o.Op >= unaryOps {
		return fmt.Errorf("unary: operation %d is unknown", o.Op)
	}
	ints := slices.Contains([]UnaryOp{Neg, Abs, Sign, Square, Affine, Clamp}, o.Op)
	return elementwise(o.Op.String(), ints, o.Dst, o.X)
}

// BinaryOp says what [Binary] computes.
type BinaryOp uint8

// The functions of two numbers. Comparisons give 1 or 0. Those from ReLUGrad on are gradients: Y is the gradient of the result, X what
// the function was given or, for TanhGrad and SigmoidGrad, what it returned.
const (
	Add          BinaryOp = iota // x + y
	Sub                          // x - y
	Mul                          // x · y
	Div                          // x / y
	Pow                          // x^y
	Maximum                      // the larger one, NaN if one is
	Minimum                      // the smaller one, NaN if one is
	Eq                           // x = y
	Ne                           // x ≠ y
	Lt                           // x < y
	Le                           // x ≤ y
	Gt                           // x > y
	Ge                           // x ≥ y
	ReLUGrad                     // y where x > 0
	GELUGrad                     // y · (Φ(x) + xφ(x))
	GELUTanhGrad                 // y · the derivative of GELUTanh at x
	SiLUGrad                     // y · (s + x·s(1-s)), s = sigmoid(x)
	TanhGrad                     // y · (1 - x²)
	SigmoidGrad                  // y · x(1 - x)
	binaryOps
)

var binaryNames = [...]string{Add: "add", Sub: "sub", Mul: "mul", Div: "div", Pow: "pow", Maximum: "maximum", Minimum: "minimum",
	Eq: "eq", Ne: "ne", Lt: "lt", Le: "le", Gt: "gt", Ge: "ge", ReLUGrad: "relu-grad", GELUGrad: "gelu-grad", GELUTanhGrad: "gelu-tanh-grad",
	SiLUGrad: "silu-grad", TanhGrad: "tanh-grad", SigmoidGrad: "sigmoid-grad"}

func (o BinaryOp) String() string { return binaryNames[o] }

// BinaryOps are all of them.
func BinaryOps() []BinaryOp { return span(binaryOps) }

// Binary is Dst = Op(X, Y), element by element, between arrays of one shape (broadcast before with [Layout.Broadcast]) and one type:
// floats, or I32 up to Ge. Division of integers truncates; by zero it gives 0.
type Binary struct {
	Op        BinaryOp
	Dst, X, Y View
}

// Check implements [Op].
func (o Binary) Check() error {
	if o.Op >= binaryOps {
		return fmt.Errorf("binary: operation %d is unknown", o.Op)
	}
	return elementwise(o.Op.String(), o.Op <= Ge, o.Dst, o.X, o.Y)
}

// Where is Dst = X where If is not zero, else Y. All have one shape; Dst, X and Y one type.
type Where struct {
	Dst, If, X, Y View
}

// Check implements [Op].
func (o Where) Check() error {
	if err := check("where", o.Dst, o.If, o.X, o.Y); err != nil {
		return err
	}
	return sameShape("where", o.X.DType() == o.Dst.DType() && o.Y.DType() == o.Dst.DType(), o.Dst, o.If, o.X, o.Y)
}

// Copy is Dst = X, converted to Dst's type. To integers it truncates, keeps to what the type can hold, and NaN becomes 0; to BF16 it
// rounds to the nearest, ties to even.
type Copy struct {
	Dst, X View
}

// Check implements [Op].
func (o Copy) Check() error {
	if err := check("copy", o.Dst, o.X); err != nil {
		return err
	}
	return sameShape("copy", true, o.Dst, o.X)
}

// Fill sets all elements to a value, converted as [Copy] does.
type Fill struct {
	Dst   View
	Value float64
}

// Check implements [Op].
func (o Fill) Check() error { return elementsOf("fill", o.Dst) }

// elementsOf checks a single result.
func elementsOf(op string, dst View) error {
	if err := check(op, dst); err != nil {
		return err
	}
	return distinct(op, dst)
}

func elementwise(op string, ints bool, operands ...View) error {
	if err := check(op, operands...); err != nil {
		return err
	}
	t := operands[0].DType()
	if !t.IsFloat() && !(ints && t == I32) {
		return complain(op, "there is no such operation on "+t.String(), operands...)
	}
	return sameShape(op, sameType(operands...), operands...)
}

func sameShape(op string, typesFit bool, operands ...View) error {
	for _, v := range operands {
		if !slices.Equal(v.Shape, operands[0].Shape) {
			return complain(op, "shapes differ", operands...)
		}
	}
	if !typesFit {
		return complain(op, "types differ", operands...)
	}
	return distinct(op, operands[0])
}

// distinct returns an error if two elements of a result lie at one place. Results that were left out are none.
func distinct(op string, results ...View) error {
	for _, v := range results {
		if v.overlaps() {
			return complain(op, "elements of a result lie at one place", v)
		}
	}
	return nil
}

// sameType reports whether all operands that were not left out have the type of the first one.
func sameType(operands ...View) bool {
	for _, v := range operands {
		if v.Given() && v.DType() != operands[0].DType() {
			return false
		}
	}
	return true
}

// beside reports whether all operands that were not left out have the type of the data which they belong to, or F32 where that is BF16: statistics
// and sums of many numbers would lose too much in BF16.
func beside(data View, operands ...View) bool {
	for _, v := range operands {
		if v.Given() && v.DType() != data.DType() && !(data.DType() == BF16 && v.DType() == F32) {
			return false
		}
	}
	return true
}

// shaped reports whether all operands that were not left out have a shape.
func shaped(shape []int, operands ...View) bool {
	for _, v := range operands {
		if v.Given() && !slices.Equal(v.Shape, shape) {
			return false
		}
	}
	return true
}

// span lists the values from 0 up to before n.
func span[T ~uint8](n T) (all []T) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

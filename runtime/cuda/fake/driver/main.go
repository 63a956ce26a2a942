// Command driver prints where the fake driver is, and builds it if it is not there. Programs run on it with its path in two variables:
//
//	fake=$(go run ./runtime/cuda/fake/driver)
//	RESIDENT_CUDA_DRIVER=$fake RESIDENT_CUBLASLT=$fake RESIDENT_DEVICE=cuda:0 resident run ...
package main

import (
	"fmt"
	"log"

	"github.com/resident-go/resident/runtime/cuda/fake"
)

func main() {
	log.SetFlags(0)
	path, err := fake.Build()
	if err != nil {
		log.Fatal("driver: ", err)
	}
	fmt.Println(path)
}

package zmtp_test

import (
	"context"
	"fmt"

	"github.com/go-zeromq/zmq4"

	"github.com/resident-go/resident/kernel/zmtp"
)

// A router hears from many peers; the first frame of a message says who sent it, or who is to get it.
func ExampleRouter() {
	ctx := context.Background()
	router, err := zmtp.ListenRouter("tcp://127.0.0.1:0", zmtp.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer router.Close(ctx)

	dealer := zmq4.NewDealer(ctx, zmq4.WithID(zmq4.SocketIdentity("ada")))
	defer dealer.Close()
	if err := dealer.Dial("tcp://" + router.Addr().String()); err != nil {
		fmt.Println(err)
		return
	}
	if err := dealer.Send(zmq4.NewMsgString("hello")); err != nil {
		fmt.Println(err)
		return
	}
	message := <-router.Messages()
	fmt.Printf("%s says %s\n", message[0], message[1])
	if err := router.Send([][]byte{message[0], []byte("welcome")}); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := dealer.Recv()
	fmt.Printf("%s %v\n", answer.Bytes(), err)
	// Output:
	// ada says hello
	// welcome <nil>
}

// A function on the official aws-lambda-go: three lines, each once the test allows it, or facts about the invocation.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

var invocations atomic.Int64

// order is what a test asks for.
type order struct {
	Gate    string `json:"gate"`
	Failure string `json:"failure"`
}

// orderEvent has it in the query of an HTTP request, or is it itself.
type orderEvent struct {
	order
	Query *order `json:"queryStringParameters"`
}

func main() {
	lambda.Start(handle)
}

func handle(ctx context.Context, event orderEvent) (any, error) {
	invocation := invocations.Add(1)
	order := event.order
	if event.Query != nil {
		order = *event.Query
	}
	if order.Failure == "start" {
		return nil, errors.New("no start")
	}
	if strings.HasSuffix(os.Getenv("_HANDLER"), ".facts") {
		return facts(ctx, invocation), nil
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(writePieces(writer, order)) }()
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: http.StatusCreated,
		Headers: map[string]string{
			"content-type": "text/plain",
			"x-process":    strconv.Itoa(os.Getpid()),
			"x-invocation": strconv.FormatInt(invocation, 10),
		},
		Cookies: []string{"count=3"},
		Body:    reader,
	}, nil
}

func facts(ctx context.Context, invocation int64) map[string]any {
	context, _ := lambdacontext.FromContext(ctx)
	return map[string]any{
		"functionName": lambdacontext.FunctionName,
		"memoryMb":     lambdacontext.MemoryLimitInMB,
		"arn":          context.InvokedFunctionArn,
		"requestId":    context.AwsRequestID,
		"invocation":   invocation,
	}
}

func writePieces(writer io.Writer, order order) error {
	for _, piece := range []string{"one", "two", "three"} {
		if err := order.stopAt(piece); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(writer, piece); err != nil {
			return err
		}
		if order.Failure == piece {
			return fmt.Errorf("no more after %s", piece)
		}
	}
	return nil
}

// stopAt waits until the test lets the function pass.
func (order order) stopAt(name string) error {
	if order.Gate == "" {
		return nil
	}
	answer, err := http.Get(order.Gate + "/" + name)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the test closed the gate before %q", name)
	}
	return nil
}

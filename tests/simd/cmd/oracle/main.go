// Command oracle tells what ibc-go makes of messages to 07-tendermint clients.
// A line of JSON with a case is answered by a line of JSON with a verdict, until
// the input ends. Bytes are base64, 64-bit numbers decimal strings.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

func main() {
	chain := newChain()
	decoder := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	output := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(output)
	for decoder.More() {
		var c testCase
		if err := decoder.Decode(&c); err != nil {
			panic(err)
		}
		if err := encoder.Encode(chain.judge(&c)); err != nil {
			panic(err)
		}
		// Whoever asks one question waits for its answer.
		if err := output.Flush(); err != nil {
			panic(err)
		}
	}
}

// Command evidence prints what ibc-go makes of headers and misbehaviours, and
// evidence as CometBFT writes it, so that other implementations can be held
// against them. Bytes are hex without a prefix, 64-bit numbers decimal strings.
package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
)

// object keeps JSON keys in alphabetical order: the output is reproducible.
type object map[string]any

func main() {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(object{
		"made_by":         "ibc-go v10.7.0, CometBFT v0.38.23",
		"clients":         clients(),
		"mutants":         mutants(),
		"attacks":         attacks(),
		"judged":          judged(),
		"duplicate_votes": duplicateVotes(),
		"detections":      detections(),
	})
	if err != nil {
		panic(err)
	}
}

func toHex(b []byte) string { return hex.EncodeToString(b) }

// must is for values that are constants of this program.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

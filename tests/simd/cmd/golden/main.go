// Command golden prints values that ibc-go and the SDK compute themselves, so
// that other implementations can be held against them. Bytes are hex without a
// prefix, 64-bit numbers decimal strings.
package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
)

// object keeps JSON keys in alphabetical order: the output is reproducible.
type object map[string]any

func main() {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(object{
		"made_by":                  "ibc-go v10.7.0, cosmos-sdk v0.53.4",
		"v1_packets":               packetsV1(),
		"v1_acknowledgements":      acknowledgementsV1(),
		"v1_acknowledgement_forms": acknowledgementForms(),
		"v2_packets":               packetsV2(),
		"v2_acknowledgements":      acknowledgementsV2(),
		"v1_paths":                 pathsV1(),
		"v2_keys":                  keysV2(),
		"ics20":                    ics20(),
		"identifiers":              identifiers(),
		"stored":                   stored(),
		"messages":                 messages(),
		"transactions":             transactions(),
		"accounts":                 accounts(),
	})
	if err != nil {
		panic(err)
	}
}

func toHex(b []byte) string { return hex.EncodeToString(b) }

func fromHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func u64(n uint64) string { return strconv.FormatUint(n, 10) }

// must is for values that are constants of this program.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// octets is n bytes that repeat nothing and are easily made again: i*7+seed.
func octets(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)*7 + seed
	}
	return b
}

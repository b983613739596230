package main

import (
	"bytes"
	"strings"

	transfertypes "github.com/cosmos/ibc-go/v10/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
)

// refusedByCore is what AcknowledgePacket of 04-channel/keeper/packet.go asks.
func refusedByCore(acknowledgement []byte) bool {
	var ack channeltypes.Acknowledgement
	if err := channeltypes.SubModuleCdc.UnmarshalJSON(acknowledgement, &ack); err != nil {
		return false
	}
	return !bytes.Equal(ack.Acknowledgement(), acknowledgement)
}

// refusedByTransfer is what OnAcknowledgementPacket of transfer/ibc_module.go
// and transfer/keeper/relay.go ask.
func refusedByTransfer(acknowledgement []byte) bool {
	var ack channeltypes.Acknowledgement
	if err := transfertypes.ModuleCdc.UnmarshalJSON(acknowledgement, &ack); err != nil {
		return true
	}
	if !bytes.Equal(transfertypes.ModuleCdc.MustMarshalJSON(&ack), acknowledgement) {
		return true
	}
	return ack.Response == nil
}

// acknowledgementForms are bytes that read as the usual acknowledgement, or
// nearly so, and what becomes of them for ever.
func acknowledgementForms() []object {
	cases := []string{
		// As they are written.
		`{"result":"AQ=="}`, `{"result":""}`, `{"result":null}`, `{"result":"AQID"}`, `{"result":"+/+/"}`,
		`{"error":"ABCI code: 1: error handling packet: see events for details"}`,
		`{"error":""}`, `{"error":"a \"quoted\" \\ \n"}`, `{"error":"\u003c\u003e\u0026"}`, `{"error":"\u2028\b\f\u0000"}`,
		"{\"error\":\"\u00e9 \U0001f600 \x7f\"}", `{"error":"\ufffd"}`, "{\"error\":\"\ufffd\"}", `{}`,
		// White space, and what follows.
		` {"result":"AQ=="}`, `{"result":"AQ=="} `, "{\"result\":\"AQ==\"}\n", `{"result": "AQ=="}`, `{ "result":"AQ=="}`,
		"\t{\r\n}", `{"result":"AQ=="}x`, `{"result":"AQ=="}{"error":"a"}`, `{"result":"AQ=="},`, `{}}`,
		"\u00a0{}", "\ufeff{}", "\x0b{}",
		// Base64.
		`{"result":"AR=="}`, `{"result":"AQ="}`, `{"result":"AQ"}`, `{"result":"AQ==="}`, `{"result":"AQ==\n"}`,
		`{"result":"A\r\nQ=="}`, `{"result":"_-8="}`, `{"result":" AQ=="}`, `{"result":"\u0041Q=="}`, `{"result":"A\/8="}`,
		`{"result":"===="}`, `{"result":"AQ==AQ=="}`, `{"result":"\ud800"}`, `{"result":"\n"}`,
		`{"result":"Zh=="}`, `{"result":"Zm9="}`, `{"result":"="}`,
		// Bytes as a list.
		`{"result":[1]}`, `{"result":[]}`, `{"result":[0,255]}`, `{"result":[256]}`, `{"result":[-1]}`, `{"result":[1.0]}`,
		`{"result":[1e0]}`, `{"result":[null]}`, `{"result":["1"]}`, `{"result":[[1]]}`, `{"result":[-0]}`, `{"result":[1,]}`,
		// Other kinds.
		`{"result":1}`, `{"result":true}`, `{"result":{}}`, `{"error":1}`, `{"error":null}`, `{"error":["a"]}`, `{"error":{}}`,
		`null`, `nullx`, `null x`, `true`, `1`, `"a"`, `[]`, `[null]`, ``, ` `, `nul`, `\x01`, "\x01", "\xff\xfe",
		// Names.
		`{"Result":"AQ=="}`, `{"RESULT":"AQ=="}`, `{"other":"a"}`, `{"result":"AQ==","other":1}`, `{"":1}`,
		`{"re\u0073ult":"AQ=="}`, `{"\ud800":1}`, `{"response":{"result":"AQ=="}}`, `{"@type":"/a"}`,
		`{"app_acknowledgement":"e30=","forward_relayer_address":"","underlying_app_success":true}`,
		// Twice.
		`{"result":"AQ==","error":"a"}`, `{"error":"a","result":"AQ=="}`, `{"result":"AQ==","result":"Ag=="}`,
		`{"result":1,"result":"AQ=="}`, `{"result":"AQ==","result":1}`, `{"error":"a","error":"a"}`,
		`{"result":"AQ==","error":1}`, `{"result":1,"error":"a"}`, `{"result":null,"error":null}`,
		// Text.
		`{"error":"<"}`, `{"error":"\u003C"}`, `{"error":"\/"}`, `{"error":"\u0061"}`, `{"error":"\ud800"}`,
		`{"error":"\ud83d\ude00"}`, `{"error":"\u0008"}`, `{"error":"\u000a"}`, `{"error":"\x"}`, `{"error":"\u12g4"}`,
		"{\"error\":\"\n\"}", "{\"error\":\"\xff\"}", "{\"error\":\"\u2028\"}", "{\"\xff\":\"a\"}", `{'error':'a'}`,
		// Broken off.
		`{`, `{"result"`, `{"result":`, `{"result":"AQ=="`, `{"result":"AQ==",}`, `{"result" "AQ=="}`, `{"result":"AQ==" "error":"a"}`,
		`{"result":01}`, `{"error":"a`,
		// Deep.
		`{"result":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
		`{"error":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	}
	var entries []object
	for _, c := range cases {
		entries = append(entries, object{
			"acknowledgement":     toHex([]byte(c)),
			"text":                strings.ToValidUTF8(c, "?"),
			"refused_by_core":     refusedByCore([]byte(c)),
			"refused_by_transfer": refusedByTransfer([]byte(c)),
		})
	}
	return entries
}

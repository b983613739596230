package main

import (
	"errors"
	"math"

	transfertypes "github.com/cosmos/ibc-go/v10/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v10/modules/core/04-channel/v2/types"
)

const (
	sender   = "cosmos1s2rjnh9gff8cvfaalfyhsceskfgfxqyy8wke9m"
	receiver = "cosmos1h7xt7ehz7utfkvzvjcyerhzhahj8clrmhd733v"
)

func transferData(amount, memo string) []byte {
	return transfertypes.NewFungibleTokenPacketData("stake", amount, sender, receiver, memo).GetBytes()
}

func packetV1(sequence uint64, data []byte, revision, height, timestamp uint64) channeltypes.Packet {
	return channeltypes.NewPacket(
		data, sequence, "transfer", "channel-0", "transfer", "channel-7", clienttypes.NewHeight(revision, height), timestamp,
	)
}

func heightJSON(h clienttypes.Height) object {
	return object{"revision_number": u64(h.RevisionNumber), "revision_height": u64(h.RevisionHeight)}
}

func packetV1JSON(p channeltypes.Packet) object {
	return object{
		"sequence":            u64(p.Sequence),
		"source_port":         p.SourcePort,
		"source_channel":      p.SourceChannel,
		"destination_port":    p.DestinationPort,
		"destination_channel": p.DestinationChannel,
		"data":                toHex(p.Data),
		"timeout_height":      heightJSON(p.TimeoutHeight),
		"timeout_timestamp":   u64(p.TimeoutTimestamp),
	}
}

func packetsV1() []object {
	packets := []channeltypes.Packet{
		packetV1(1, transferData("1", ""), 1, 1000, 0),
		packetV1(2, transferData("18446744073709551616", "a memo"), 0, 0, 1_700_000_000_123_456_789),
		packetV1(3, transferData("7", "<&> \u00e9"), 4, 20_000_000, 1_900_000_000_000_000_000),
		packetV1(4, nil, 1, 1, 1),
		packetV1(5, []byte{0}, 0, 0, 0),
		packetV1(6, []byte("not JSON \xff\xfe\x00"), 0, 1, math.MaxInt64),
		packetV1(math.MaxUint64, octets(1000, 3), math.MaxUint64, math.MaxUint64, math.MaxUint64),
		packetV1(1<<53+1, octets(32, 250), 1<<32, 1<<33, 1<<63),
		packetV1(9, octets(55, 1), 256, 65536, 16777216),
	}
	var entries []object
	for _, p := range packets {
		entries = append(entries, object{
			"packet":     packetV1JSON(p),
			"commitment": toHex(channeltypes.CommitPacket(p)),
			"protobuf":   toHex(must(p.Marshal())),
		})
	}
	return entries
}

func acknowledgementsV1() []object {
	success := channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()
	failure := channeltypes.NewErrorAcknowledgement(transfertypes.ErrReceiveDisabled).Acknowledgement()
	unregistered := channeltypes.NewErrorAcknowledgement(errors.New("any text")).Acknowledgement()
	cases := []struct {
		name string
		ack  []byte
	}{
		{"ICS-20 success", success},
		{"error of a registered code", failure},
		{"error of no code", unregistered},
		{"one zero byte", []byte{0}},
		{"not UTF-8", []byte{0xff, 0xfe, 0x80}},
		{"JSON of other spacing", []byte(`{ "result": "AQ==" }`)},
		{"longer than a hash block", octets(300, 9)},
	}
	var entries []object
	for _, c := range cases {
		entries = append(entries, object{
			"name": c.name, "acknowledgement": toHex(c.ack), "commitment": toHex(channeltypes.CommitAcknowledgement(c.ack)),
		})
	}
	return entries
}

func payloads() []channeltypesv2.Payload {
	return []channeltypesv2.Payload{
		channeltypesv2.NewPayload("transfer", "transfer", transfertypes.V1, transfertypes.EncodingJSON, transferData("5", "")),
		channeltypesv2.NewPayload("mockv2A", "mockv2B", "mock-version", "application/x-protobuf", octets(40, 2)),
		channeltypesv2.NewPayload("a", "b", "v", "e", []byte{0}),
	}
}

func packetV2JSON(p channeltypesv2.Packet) object {
	list := []object{}
	for _, payload := range p.Payloads {
		list = append(list, object{
			"source_port":      payload.SourcePort,
			"destination_port": payload.DestinationPort,
			"version":          payload.Version,
			"encoding":         payload.Encoding,
			"value":            toHex(payload.Value),
		})
	}
	return object{
		"sequence":           u64(p.Sequence),
		"source_client":      p.SourceClient,
		"destination_client": p.DestinationClient,
		"timeout_timestamp":  u64(p.TimeoutTimestamp),
		"payloads":           list,
	}
}

func packetsV2() []object {
	all := payloads()
	empty := channeltypesv2.NewPayload("", "", "", "", nil)
	packets := []channeltypesv2.Packet{
		channeltypesv2.NewPacket(1, "07-tendermint-0", "07-tendermint-7", 1_700_000_000, all[0]),
		channeltypesv2.NewPacket(2, "07-tendermint-0", "07-tendermint-7", 1_700_000_000, all[1]),
		channeltypesv2.NewPacket(3, "07-tendermint-0", "07-tendermint-7", 1_700_000_000, all[0], all[1]),
		channeltypesv2.NewPacket(3, "07-tendermint-0", "07-tendermint-7", 1_700_000_000, all[1], all[0]),
		channeltypesv2.NewPacket(math.MaxUint64, "channel-0", "08-wasm-12", math.MaxUint64, all...),
		channeltypesv2.NewPacket(4, "07-tendermint-0", "07-tendermint-7", 0, empty),
		channeltypesv2.NewPacket(5, "07-tendermint-0", "07-tendermint-7", 1),
	}
	var entries []object
	for _, p := range packets {
		entries = append(entries, object{
			"packet":     packetV2JSON(p),
			"commitment": toHex(channeltypesv2.CommitPacket(p)),
			"protobuf":   toHex(must(p.Marshal())),
		})
	}
	return entries
}

func acknowledgementsV2() []object {
	cases := []struct {
		name string
		acks [][]byte
	}{
		{"ICS-20 success", [][]byte{channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()}},
		{"the universal error", [][]byte{channeltypesv2.ErrorAcknowledgement[:]}},
		{"two payloads", [][]byte{[]byte("first"), octets(70, 5)}},
		{"two payloads, the other way round", [][]byte{octets(70, 5), []byte("first")}},
		{"one empty", [][]byte{{}}},
		{"none", nil},
	}
	var entries []object
	for _, c := range cases {
		ack := channeltypesv2.NewAcknowledgement(c.acks...)
		list := []string{}
		for _, a := range c.acks {
			list = append(list, toHex(a))
		}
		entries = append(entries, object{
			"name":                 c.name,
			"app_acknowledgements": list,
			"commitment":           toHex(channeltypesv2.CommitAcknowledgement(ack)),
			"protobuf":             toHex(must(ack.Marshal())),
		})
	}
	return entries
}

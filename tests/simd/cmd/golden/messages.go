package main

import (
	"time"

	"github.com/cosmos/gogoproto/proto"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	transfertypes "github.com/cosmos/ibc-go/v10/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	clienttypesv2 "github.com/cosmos/ibc-go/v10/modules/core/02-client/v2/types"
	connectiontypes "github.com/cosmos/ibc-go/v10/modules/core/03-connection/types"
	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v10/modules/core/04-channel/v2/types"
	commitmenttypes "github.com/cosmos/ibc-go/v10/modules/core/23-commitment/types"
	ibctm "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
)

// marshalled shows a message by its type, its fields as ProtoJSON (bytes there
// are base64), and its encoding.
func marshalled(cdc codec.Codec, msg proto.Message) object {
	return object{
		"type_url": sdk.MsgTypeURL(msg),
		"fields":   rawJSON(must(cdc.MarshalJSON(msg))),
		"protobuf": toHex(must(cdc.Marshal(msg))),
	}
}

type rawJSON []byte

func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

func newCodec() codec.Codec {
	registry := codectypes.NewInterfaceRegistry()
	ibctm.RegisterInterfaces(registry)
	clienttypes.RegisterInterfaces(registry)
	connectiontypes.RegisterInterfaces(registry)
	channeltypes.RegisterInterfaces(registry)
	return codec.NewProtoCodec(registry)
}

func clientState() *ibctm.ClientState {
	return ibctm.NewClientState(
		"chain-a", ibctm.DefaultTrustLevel, 14*24*time.Hour, 21*24*time.Hour, 10*time.Second,
		clienttypes.NewHeight(0, 17), commitmenttypes.GetSDKSpecs(), []string{"upgrade", "upgradedIBCState"},
	)
}

func consensusState() *ibctm.ConsensusState {
	return ibctm.NewConsensusState(
		time.Unix(1_700_000_000, 123_456_789).UTC(), commitmenttypes.NewMerkleRoot(octets(32, 1)), octets(32, 2),
	)
}

// stored holds values as they stand in a chain's store, where proofs meet them.
func stored() []object {
	cdc := newCodec()
	prefix := commitmenttypes.NewMerklePrefix([]byte("ibc"))
	entry := func(name string, msg proto.Message, value []byte) object {
		return object{"name": name, "fields": rawJSON(must(cdc.MarshalJSON(msg))), "value": toHex(value)}
	}
	connection := connectiontypes.NewConnectionEnd(
		connectiontypes.OPEN, "07-tendermint-0",
		connectiontypes.NewCounterparty("07-tendermint-3", "connection-2", prefix),
		connectiontypes.GetCompatibleVersions(), 0,
	)
	ordered := channeltypes.NewChannel(
		channeltypes.TRYOPEN, channeltypes.ORDERED, channeltypes.NewCounterparty("probe", "channel-5"),
		[]string{"connection-0"}, "probe-1",
	)
	unordered := channeltypes.NewChannel(
		channeltypes.INIT, channeltypes.UNORDERED, channeltypes.NewCounterparty("transfer", ""),
		[]string{"connection-0"}, transfertypes.V1,
	)
	client, consensus := clientState(), consensusState()
	return []object{
		entry("client state", must(codectypes.NewAnyWithValue(client)), clienttypes.MustMarshalClientState(cdc, client)),
		entry("consensus state", must(codectypes.NewAnyWithValue(consensus)), clienttypes.MustMarshalConsensusState(cdc, consensus)),
		entry("connection", &connection, cdc.MustMarshal(&connection)),
		entry("ordered channel", &ordered, cdc.MustMarshal(&ordered)),
		entry("unordered channel", &unordered, cdc.MustMarshal(&unordered)),
	}
}

func messages() []object {
	cdc := newCodec()
	height := clienttypes.NewHeight(4, 1234)
	packet := packetV1(11, transferData("3", "memo"), 1, 900, 1_700_000_000_000_000_000)
	packet2 := channeltypesv2.NewPacket(11, "07-tendermint-0", "07-tendermint-7", 1_700_000_000, payloads()[:2]...)
	ack := channeltypes.NewResultAcknowledgement([]byte{1}).Acknowledgement()
	proof, other := octets(20, 4), octets(24, 5)
	prefix := commitmenttypes.NewMerklePrefix([]byte("ibc"))
	version := connectiontypes.GetCompatibleVersions()[0]
	token := sdk.NewInt64Coin("stake", 3)

	list := []proto.Message{
		must(clienttypes.NewMsgCreateClient(clientState(), consensusState(), sender)),
		&clienttypes.MsgUpdateClient{
			ClientId:      "07-tendermint-0",
			ClientMessage: must(codectypes.NewAnyWithValue(&ibctm.Header{TrustedHeight: height})),
			Signer:        sender,
		},
		connectiontypes.NewMsgConnectionOpenInit("07-tendermint-0", "07-tendermint-3", prefix, version, 0, sender),
		connectiontypes.NewMsgConnectionOpenTry(
			"07-tendermint-0", "connection-2", "07-tendermint-3", prefix, connectiontypes.GetCompatibleVersions(), 0, proof, height, sender,
		),
		connectiontypes.NewMsgConnectionOpenAck("connection-1", "connection-2", proof, height, version, sender),
		connectiontypes.NewMsgConnectionOpenConfirm("connection-1", proof, height, sender),
		channeltypes.NewMsgChannelOpenInit("transfer", transfertypes.V1, channeltypes.UNORDERED, []string{"connection-0"}, "transfer", sender),
		channeltypes.NewMsgChannelOpenTry(
			"probe", "probe-1", channeltypes.ORDERED, []string{"connection-0"}, "probe", "channel-5", "probe-1", proof, height, sender,
		),
		channeltypes.NewMsgChannelOpenAck("transfer", "channel-0", "channel-7", transfertypes.V1, proof, height, sender),
		channeltypes.NewMsgChannelOpenConfirm("transfer", "channel-0", proof, height, sender),
		channeltypes.NewMsgChannelCloseInit("probe", "channel-0", sender),
		channeltypes.NewMsgChannelCloseConfirm("probe", "channel-0", proof, height, sender),
		channeltypes.NewMsgRecvPacket(packet, proof, height, sender),
		channeltypes.NewMsgAcknowledgement(packet, ack, proof, height, sender),
		channeltypes.NewMsgTimeout(packet, 12, proof, height, sender),
		channeltypes.NewMsgTimeoutOnClose(packet, 12, proof, other, height, sender),
		transfertypes.NewMsgTransfer("transfer", "channel-0", token, sender, receiver, height, 1_700_000_000_000_000_000, "memo"),
		clienttypesv2.NewMsgRegisterCounterparty("07-tendermint-0", [][]byte{[]byte("ibc"), {}}, "07-tendermint-7", sender),
		channeltypesv2.NewMsgSendPacket("07-tendermint-0", 1_700_000_000, sender, payloads()[0]),
		channeltypesv2.NewMsgRecvPacket(packet2, proof, height, sender),
		channeltypesv2.NewMsgAcknowledgement(packet2, channeltypesv2.NewAcknowledgement(ack, other), proof, height, sender),
		channeltypesv2.NewMsgTimeout(packet2, proof, height, sender),
	}
	entries := []object{}
	for _, msg := range list {
		entries = append(entries, marshalled(cdc, msg))
	}
	return entries
}

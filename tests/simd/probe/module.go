// Package probe is a small IBC application for tests. It makes packets,
// acknowledgements and failures that no transfer makes.
//
// # Channels
//
// Port "probe" (any other port whose name contains "probe" reaches it too),
// ordered or unordered, any version that is not blank; a blank one becomes
// "probe-1". MsgChannelCloseInit is allowed.
//
// # Byte strings
//
// In JSON, bytes are a string: "hex:00ff", "base64:AP8=" or "text:hello".
// A string with none of these prefixes is taken as text. Numbers of 64 bits
// may be written as numbers or as decimal strings.
//
// # Memo
//
// A transaction whose memo is a JSON object with the key "probe" acts after
// its messages succeeded; the value is one action or a list of them, done in
// order, all or nothing with the transaction. Anything else in the memo is
// ignored, and a memo without that key means nothing. The messages themselves
// can be anything, such as a send of one coin to oneself. An action has one of:
//
//	{"send":{"channel":"channel-0","data":"hex:00ff","timeout_height":"1-500",
//	         "timeout_timestamp":"1700000000000000000","count":1,"port":"probe"}}
//	    Sends count packets (default 1, at most 1000) with the same bytes. A
//	    timeout that is left out is zero; core IBC wants at least one of them.
//	{"ack":{"channel":"channel-0","sequence":"1","ack":"text:any bytes"}}
//	    Writes the late acknowledgement of a packet received on that channel.
//	{"close":{"channel":"channel-0","port":"probe"}}
//	    Closes the channel's end from the application.
//	{"refuse":false}
//	    Turns every refusal asked for by packet data off, or on again (true).
//	    Refusal is on at genesis.
//
// A failure fails the transaction: with core IBC's own code, or in codespace
// "probe": 2 malformed memo, 3 no packet waits for that acknowledgement,
// 4 a callback was refused.
//
// # Packet data
//
// A JSON object with the key "probe" is obeyed on receipt. Any other data is
// acknowledged at once with {"result":"AQ=="}.
//
//	{"probe":"ack","ack":"hex:.."}   acknowledge at once with these bytes,
//	                                 or with {"result":"AQ=="} without "ack"
//	{"probe":"error","ack":"hex:.."} the same, as a failure: the application's
//	                                 writes are dropped; without "ack" it is
//	                                 ibc-go's {"error":"ABCI code: .."}
//	{"probe":"late"}                 no acknowledgement until a memo writes it
//	{"probe":"refuse"}               while refusal is on, the delivering message
//	                                 fails (channel, invalid acknowledgement);
//	                                 while it is off, acknowledge as "ack"
//
// Each may also hold:
//
//	"gas":N                          burn N gas on receipt, before anything else
//	"refuse_ack":true                while refusal is on, MsgAcknowledgement fails
//	"refuse_timeout":true            while refusal is on, MsgTimeout fails
//	"in_delivery":true               gas and refusals on receipt are a block's
//	                                 alone: a simulation knows nothing of them
//	"pad":".."                       ignored, for packets of any size
//
// # State
//
// Everything is in the committed store "probe", readable by ABCI query at
// /store/probe/key. Counters are decimal text and count successful callbacks:
// "recv/channel-0", "acked/channel-0", "timeout/channel-0", "sent/channel-0".
// "late/channel-0/1" holds the waiting packet (protobuf), "lastack/channel-0"
// the bytes of the newest acknowledgement that came back, "refusal" is "off"
// or absent.
package probe

import (
	"fmt"
	"strconv"
	"strings"

	errorsmod "cosmossdk.io/errors"
	storetypes "cosmossdk.io/store/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v10/modules/core/05-port/types"
	"github.com/cosmos/ibc-go/v10/modules/core/exported"
	ibckeeper "github.com/cosmos/ibc-go/v10/modules/core/keeper"
)

const (
	// PortID is the port on which the application answers, StoreKey its store.
	PortID   = "probe"
	StoreKey = "probe"

	defaultVersion = "probe-1"
	refusalKey     = "refusal"
)

var (
	errMemo    = errorsmod.Register("probe", 2, "malformed memo")
	errNotLate = errorsmod.Register("probe", 3, "no packet waits for this acknowledgement")
	errRefused = errorsmod.Register("probe", 4, "refused")
)

var _ porttypes.IBCModule = Module{}

// Module is the application: core IBC calls it, and its memo handler calls core IBC.
type Module struct {
	key *storetypes.KVStoreKey
	ibc *ibckeeper.Keeper
}

// New makes the application over its own store.
func New(key *storetypes.KVStoreKey, ibc *ibckeeper.Keeper) Module {
	return Module{key: key, ibc: ibc}
}

func (m Module) store(ctx sdk.Context) storetypes.KVStore { return ctx.KVStore(m.key) }

func (m Module) refusing(ctx sdk.Context) bool { return !m.store(ctx).Has([]byte(refusalKey)) }

func (m Module) count(ctx sdk.Context, what, channelID string) {
	key := []byte(what + "/" + channelID)
	n, _ := strconv.ParseUint(string(m.store(ctx).Get(key)), 10, 64)
	m.store(ctx).Set(key, []byte(strconv.FormatUint(n+1, 10)))
}

func lateKey(channelID string, sequence uint64) []byte {
	return fmt.Appendf(nil, "late/%s/%d", channelID, sequence)
}

// OnChanOpenInit accepts any version.
func (Module) OnChanOpenInit(
	_ sdk.Context, _ channeltypes.Order, _ []string, _, _ string, _ channeltypes.Counterparty, version string,
) (string, error) {
	if strings.TrimSpace(version) == "" {
		return defaultVersion, nil
	}
	return version, nil
}

// OnChanOpenTry agrees to the counterparty's version.
func (Module) OnChanOpenTry(
	_ sdk.Context, _ channeltypes.Order, _ []string, _, _ string, _ channeltypes.Counterparty, counterpartyVersion string,
) (string, error) {
	return counterpartyVersion, requireVersion(counterpartyVersion)
}

// OnChanOpenAck agrees to the counterparty's version.
func (Module) OnChanOpenAck(_ sdk.Context, _, _, _, counterpartyVersion string) error {
	return requireVersion(counterpartyVersion)
}

// OnChanOpenConfirm has nothing to check.
func (Module) OnChanOpenConfirm(sdk.Context, string, string) error { return nil }

// OnChanCloseInit lets anyone close the channel, unlike ICS-20.
func (Module) OnChanCloseInit(sdk.Context, string, string) error { return nil }

// OnChanCloseConfirm has nothing to check.
func (Module) OnChanCloseConfirm(sdk.Context, string, string) error { return nil }

// OnRecvPacket does what the packet's data says.
func (m Module) OnRecvPacket(
	ctx sdk.Context, _ string, packet channeltypes.Packet, _ sdk.AccAddress,
) exported.Acknowledgement {
	order, err := parseData(packet.Data)
	if err != nil {
		return channeltypes.NewErrorAcknowledgement(err)
	}
	if !order.InDelivery || ctx.ExecMode() == sdk.ExecModeFinalize {
		ctx.GasMeter().ConsumeGas(uint64(order.Gas), "probe")
	} else if order.Action == actionRefuse {
		order.Action = actionAck
	}
	if order.Action == actionRefuse && m.refusing(ctx) {
		// A callback can't return an error. Core IBC fails the message on an
		// acknowledgement without bytes, which is what is wanted here.
		return answer{success: true}
	}
	m.count(ctx, "recv", packet.DestinationChannel)

	switch order.Action {
	case actionLate:
		m.store(ctx).Set(lateKey(packet.DestinationChannel, packet.Sequence), m.ibc.Codec().MustMarshal(&packet))
		return nil
	case actionError:
		if order.Ack == nil {
			return channeltypes.NewErrorAcknowledgement(errRefused)
		}
		return answer{bytes: *order.Ack}
	default:
		if order.Ack == nil {
			return channeltypes.NewResultAcknowledgement([]byte{1})
		}
		return answer{bytes: *order.Ack, success: true}
	}
}

// OnAcknowledgementPacket counts, or fails if the packet's data says so.
func (m Module) OnAcknowledgementPacket(
	ctx sdk.Context, _ string, packet channeltypes.Packet, acknowledgement []byte, _ sdk.AccAddress,
) error {
	order, _ := parseData(packet.Data)
	if order.RefuseAck && m.refusing(ctx) {
		return errorsmod.Wrap(errRefused, "acknowledgement")
	}
	m.count(ctx, "acked", packet.SourceChannel)
	m.store(ctx).Set([]byte("lastack/"+packet.SourceChannel), acknowledgement)
	return nil
}

// OnTimeoutPacket counts, or fails if the packet's data says so.
func (m Module) OnTimeoutPacket(ctx sdk.Context, _ string, packet channeltypes.Packet, _ sdk.AccAddress) error {
	order, _ := parseData(packet.Data)
	if order.RefuseTimeout && m.refusing(ctx) {
		return errorsmod.Wrap(errRefused, "timeout")
	}
	m.count(ctx, "timeout", packet.SourceChannel)
	return nil
}

// answer is an acknowledgement of any bytes, not only of ICS-04's JSON.
type answer struct {
	bytes   []byte
	success bool
}

func (a answer) Success() bool           { return a.success }
func (a answer) Acknowledgement() []byte { return a.bytes }

func requireVersion(version string) error {
	if strings.TrimSpace(version) == "" {
		return errorsmod.Wrap(channeltypes.ErrInvalidChannelVersion, "blank")
	}
	return nil
}

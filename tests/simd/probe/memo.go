package probe

import (
	"bytes"
	"encoding/json"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
)

const sendCountMax = 1000

type memoAction struct {
	Send   *sendAction  `json:"send"`
	Ack    *ackAction   `json:"ack"`
	Close  *closeAction `json:"close"`
	Refuse *bool        `json:"refuse"`
}

type sendAction struct {
	Port             string  `json:"port"`
	Channel          string  `json:"channel"`
	Data             octets  `json:"data"`
	TimeoutHeight    string  `json:"timeout_height"`
	TimeoutTimestamp number  `json:"timeout_timestamp"`
	Count            *number `json:"count"`
}

type ackAction struct {
	Channel  string `json:"channel"`
	Sequence number `json:"sequence"`
	Ack      octets `json:"ack"`
}

type closeAction struct {
	Port    string `json:"port"`
	Channel string `json:"channel"`
}

// PostHandler acts on a transaction's memo once its messages are done.
func (m Module) PostHandler(ctx sdk.Context, tx sdk.Tx, _, success bool) (sdk.Context, error) {
	withMemo, ok := tx.(sdk.TxWithMemo)
	if !ok || !success {
		return ctx, nil
	}
	actions, err := parseMemo(withMemo.GetMemo())
	if err != nil {
		return ctx, errorsmod.Wrap(errMemo, err.Error())
	}
	// CheckTx runs no messages either: its state is older than the block's.
	if mode := ctx.ExecMode(); mode != sdk.ExecModeFinalize && mode != sdk.ExecModeSimulate {
		return ctx, nil
	}
	for _, action := range actions {
		if err := m.perform(ctx, action); err != nil {
			return ctx, err
		}
	}
	return ctx, nil
}

func parseMemo(memo string) ([]memoAction, error) {
	var keys map[string]json.RawMessage
	if json.Unmarshal([]byte(memo), &keys) != nil || keys["probe"] == nil {
		return nil, nil
	}
	raw := bytes.TrimSpace(keys["probe"])
	if !bytes.HasPrefix(raw, []byte("[")) {
		raw = append(append([]byte("["), raw...), ']')
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	// A misspelt field would otherwise pass for its default.
	decoder.DisallowUnknownFields()
	var actions []memoAction
	return actions, decoder.Decode(&actions)
}

func (m Module) perform(ctx sdk.Context, action memoAction) error {
	switch {
	case action.Send != nil:
		return m.send(ctx, *action.Send)
	case action.Ack != nil:
		return m.acknowledge(ctx, *action.Ack)
	case action.Close != nil:
		return m.ibc.ChannelKeeper.ChanCloseInit(ctx, portOr(action.Close.Port), action.Close.Channel)
	case action.Refuse != nil && *action.Refuse:
		m.store(ctx).Delete([]byte(refusalKey))
		return nil
	case action.Refuse != nil:
		m.store(ctx).Set([]byte(refusalKey), []byte("off"))
		return nil
	default:
		return errorsmod.Wrap(errMemo, "an action is one of send, ack, close, refuse")
	}
}

func (m Module) send(ctx sdk.Context, action sendAction) error {
	height := clienttypes.ZeroHeight()
	if action.TimeoutHeight != "" {
		var err error
		if height, err = clienttypes.ParseHeight(action.TimeoutHeight); err != nil {
			return errorsmod.Wrap(errMemo, err.Error())
		}
	}
	count := number(1)
	if action.Count != nil {
		count = *action.Count
	}
	if count > sendCountMax {
		return errorsmod.Wrapf(errMemo, "count is over %d", sendCountMax)
	}
	for range count {
		_, err := m.ibc.ChannelKeeper.SendPacket(
			ctx, portOr(action.Port), action.Channel, height, uint64(action.TimeoutTimestamp), action.Data,
		)
		if err != nil {
			return err
		}
		m.count(ctx, "sent", action.Channel)
	}
	return nil
}

func (m Module) acknowledge(ctx sdk.Context, action ackAction) error {
	key := lateKey(action.Channel, uint64(action.Sequence))
	raw := m.store(ctx).Get(key)
	if raw == nil {
		return errorsmod.Wrapf(errNotLate, "%s, sequence %d", action.Channel, action.Sequence)
	}
	var packet channeltypes.Packet
	if err := m.ibc.Codec().Unmarshal(raw, &packet); err != nil {
		return err
	}
	m.store(ctx).Delete(key)
	return m.ibc.ChannelKeeper.WriteAcknowledgement(ctx, packet, answer{bytes: action.Ack, success: true})
}

func portOr(port string) string {
	if port == "" {
		return PortID
	}
	return port
}

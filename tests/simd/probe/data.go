package probe

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

const (
	actionAck    = "ack"
	actionError  = "error"
	actionLate   = "late"
	actionRefuse = "refuse"
)

// packetOrder is what packet data can ask of the receiver.
type packetOrder struct {
	Action        string  `json:"probe"`
	Ack           *octets `json:"ack"`
	Gas           number  `json:"gas"`
	RefuseAck     bool    `json:"refuse_ack"`
	RefuseTimeout bool    `json:"refuse_timeout"`
	InDelivery    bool    `json:"in_delivery"`
}

// parseData reads packet data; data that isn't ours is a plain "ack".
func parseData(data []byte) (packetOrder, error) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(data, &keys) != nil || keys["probe"] == nil {
		return packetOrder{Action: actionAck}, nil
	}
	var order packetOrder
	if err := json.Unmarshal(data, &order); err != nil {
		return packetOrder{}, err
	}
	switch order.Action {
	case actionAck, actionError, actionLate, actionRefuse:
		return order, nil
	default:
		return packetOrder{}, fmt.Errorf("unknown packet order %q", order.Action)
	}
}

// octets are bytes written as "hex:..", "base64:..", "text:.." or bare text.
type octets []byte

func (o *octets) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	scheme, rest, _ := strings.Cut(s, ":")
	var err error
	switch scheme {
	case "hex":
		*o, err = hex.DecodeString(rest)
	case "base64":
		*o, err = base64.StdEncoding.DecodeString(rest)
	case "text":
		*o = octets(rest)
	default:
		*o = octets(s)
	}
	return err
}

// number is a u64 written as a JSON number or, since many readers of JSON
// round large ones, as a decimal string.
type number uint64

func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseUint(strings.Trim(string(raw), `"`), 10, 64)
	*n = number(v)
	return err
}

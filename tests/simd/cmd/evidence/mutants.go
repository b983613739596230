package main

import (
	"strings"
	"time"

	ibctm "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
)

var masks = []byte{0x01, 0x08}

// mutants is what ibc-go makes of messages that differ from a good one in one
// byte: for each mask and each byte, '.' where it can't be read, '-' where it is
// refused, 'u' where it is taken, '!' where it freezes the client.
func mutants() []object {
	trusted := height(1, 10)
	fork := misbehaviour(later(at(20), time.Minute).tm(trusted, &ours), at(20).tm(trusted, &ours))
	violation := misbehaviour(later(at(23), -time.Minute).tm(trusted, &ours), at(20).tm(trusted, &ours))
	return []object{
		mutate("header", at(20).tm(trusted, &ours), func() marshaler { return &ibctm.Header{} }),
		mutate("misbehaviour", fork, func() marshaler { return &ibctm.Misbehaviour{} }),
		mutate("misbehaviour", violation, func() marshaler { return &ibctm.Misbehaviour{} }),
	}
}

func mutate(kind string, message marshaler, empty func() marshaler) object {
	client := tracking(chainID)
	good := must(message.Marshal())
	verdicts := object{}
	for _, mask := range masks {
		var line strings.Builder
		for index := range good {
			bytes := append([]byte{}, good...)
			bytes[index] ^= mask
			line.WriteByte(client.sign(bytes, empty()))
		}
		verdicts[toHex([]byte{mask})] = line.String()
	}
	entry := client.json()
	entry["kind"], entry["message"], entry["verdicts"] = kind, toHex(good), verdicts
	return entry
}

func (c *client) sign(bytes []byte, message marshaler) (sign byte) {
	if err := message.(interface{ Unmarshal([]byte) error }).Unmarshal(bytes); err != nil {
		return '.'
	}
	defer func() {
		if recover() != nil {
			sign = '-'
		}
	}()
	switch v := c.judge(message); {
	case v.basic != nil || v.verify != nil:
		return '-'
	case v.found:
		return '!'
	default:
		return 'u'
	}
}

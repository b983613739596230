package main

import (
	"context"
	"errors"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/light/provider"
	"github.com/cometbft/cometbft/light/store/db"
	cmttypes "github.com/cometbft/cometbft/types"
)

// node is a provider that has a draft for each height up to its head, and
// remembers what it was asked and told.
type node struct {
	draft    func(height int64) draft
	head     int64
	asked    map[int64]*cmttypes.LightBlock
	reported []cmttypes.Evidence
	// before is called before an answer.
	before func(height int64)
}

func (n *node) ChainID() string { return chainID }

func (n *node) LightBlock(_ context.Context, height int64) (*cmttypes.LightBlock, error) {
	if n.before != nil {
		n.before(height)
	}
	if height == 0 {
		height = n.head
	}
	if height > n.head {
		return nil, provider.ErrHeightTooHigh
	}
	if n.asked[height] == nil {
		n.asked[height] = n.draft(height).sign()
	}
	return n.asked[height], nil
}

func (n *node) ReportEvidence(_ context.Context, ev cmttypes.Evidence) error {
	n.reported = append(n.reported, ev)
	return nil
}

func (n *node) json() object {
	blocks := object{}
	for height, l := range n.asked {
		next := must(must(n.draft(height).next.ToProto()).Marshal())
		blocks[u64(uint64(height))] = object{"block": block(l), "next_validators": toHex(next)}
	}
	return object{"head": u64(uint64(n.head)), "blocks": blocks}
}

// detections is what CometBFT's light client reports to two nodes of which one
// lies, trusting their height 2.
func detections() []object {
	lie := func(from int64, honest func(int64) draft, change func(*draft)) func(int64) draft {
		return func(height int64) draft {
			d := honest(height)
			if height >= from {
				change(&d)
			}
			return d
		}
	}
	appHash := func(d *draft) { d.appHash = 77 }
	dataHash := func(d *draft) { d.dataHash = 77 }
	amnesia := func(d *draft) { d.dataHash, d.round = 77, 1 }
	early := func(d *draft) { d.appHash, d.time = 77, at(9).time }
	// A validator is replaced each third block.
	changing := func(height int64) set {
		var members []member
		for seed := height / 3; seed < height/3+4; seed++ {
			members = append(members, member{byte(100 + seed), 10 + seed%3})
		}
		return newSet(members...)
	}
	rotating := func(height int64) draft {
		d := at(height)
		d.validators, d.next = changing(height), changing(height+1)
		return d
	}
	return []object{
		detection("lunatic", 9, lie(5, at, appHash), at, 9, 9),
		detection("equivocation", 9, lie(5, at, dataHash), at, 9, 9),
		detection("amnesia", 9, lie(5, at, amnesia), at, 9, 9),
		detection("forward lunatic", 15, lie(15, at, early), at, 15, 12),
		detection("lunatic witness", 9, at, lie(5, at, appHash), 9, 9),
		detection("lunatic of a chain whose validators change", 20, lie(13, rotating, appHash), rotating, 20, 20),
	}
}

func detection(name string, target int64, primaryHas, witnessHas func(int64) draft, primaryHead, witnessHead int64) object {
	primary := &node{draft: primaryHas, head: primaryHead, asked: map[int64]*cmttypes.LightBlock{}}
	witness := &node{draft: witnessHas, head: witnessHead, asked: map[int64]*cmttypes.LightBlock{}}
	ctx := context.Background()
	root := must(witness.LightBlock(ctx, 2))
	client := must(light.NewClient(
		ctx, chainID, light.TrustOptions{Period: trustingPeriod, Height: 2, Hash: root.Hash()}, primary,
		[]provider.Provider{witness}, db.New(dbm.NewMemDB(), chainID), light.SkippingVerification(light.DefaultTrustLevel),
		light.MaxClockDrift(time.Nanosecond), light.MaxBlockLag(time.Nanosecond),
	))
	// What the primary was asked for when the witness is asked first is the trace.
	var trace []string
	witness.before = func(int64) {
		if trace != nil {
			return
		}
		for height := int64(0); height <= target; height++ {
			if primary.asked[height] != nil {
				trace = append(trace, u64(uint64(height)))
			}
		}
	}
	_, err := client.VerifyLightBlockAtHeight(ctx, target, at(40).time)
	if !errors.Is(err, light.ErrLightClientAttack) {
		panic(name + ": no attack, but " + text(err))
	}
	entry := object{
		"name": name, "trace": trace, "now": u64(uint64(at(40).time.UnixNano())),
		"primary": primary.json(), "witness": witness.json(),
		"against_primary": written(witness.reported[0])["proto"], "against_witness": "",
	}
	if len(primary.reported) > 0 {
		entry["against_witness"] = written(primary.reported[0])["proto"]
	}
	return entry
}

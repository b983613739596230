package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/cometbft/cometbft/evidence"
	cmttypes "github.com/cometbft/cometbft/types"
)

// judged is what a full node says of evidence that has one fault.
func judged() []object {
	common, trusted := at(4).sign(), at(9).sign()
	appHash, dataHash := at(9), at(9)
	appHash.appHash, dataHash.dataHash = 77, 77
	amnesia := dataHash
	amnesia.round = 1
	forward := appHash
	forward.height, forward.time = 15, at(8).time
	late := forward
	late.time = at(10).time
	strangers := by(appHash, newSet(member{1, 10}, member{9, 100}))
	var entries []object
	add := func(name string, conflicting draft, change func(*cmttypes.LightClientAttackEvidence)) {
		ev := newEvidence(conflicting.sign(), trusted, common)
		change(ev)
		entries = append(entries, judge(name, ev, common, trusted))
	}
	add("lunatic", appHash, func(*cmttypes.LightClientAttackEvidence) {})
	add("equivocation", dataHash, func(*cmttypes.LightClientAttackEvidence) {})
	add("amnesia", amnesia, func(*cmttypes.LightClientAttackEvidence) {})
	add("forward lunatic", forward, func(*cmttypes.LightClientAttackEvidence) {})
	add("forward lunatic that is later", late, func(*cmttypes.LightClientAttackEvidence) {})
	add("strangers", strangers, func(*cmttypes.LightClientAttackEvidence) {})
	add("the node's own block", at(9), func(*cmttypes.LightClientAttackEvidence) {})
	add("another time", appHash, func(ev *cmttypes.LightClientAttackEvidence) { ev.Timestamp = ev.Timestamp.Add(1) })
	add("another total power", appHash, func(ev *cmttypes.LightClientAttackEvidence) { ev.TotalVotingPower++ })
	add("a common height of 0", appHash, func(ev *cmttypes.LightClientAttackEvidence) { ev.CommonHeight = 0 })
	add("a common height above the block", appHash, func(ev *cmttypes.LightClientAttackEvidence) { ev.CommonHeight = 10 })
	add("a lunatic at the common height", appHash, func(ev *cmttypes.LightClientAttackEvidence) {
		ev.CommonHeight, ev.Timestamp = 9, trusted.Time
	})
	add("a culprit left out", appHash, func(ev *cmttypes.LightClientAttackEvidence) {
		ev.ByzantineValidators = ev.ByzantineValidators[1:]
	})
	add("culprits in another order", appHash, func(ev *cmttypes.LightClientAttackEvidence) {
		slices.Reverse(ev.ByzantineValidators)
	})
	add("culprits of an amnesia", amnesia, func(ev *cmttypes.LightClientAttackEvidence) {
		ev.ByzantineValidators = ours.Validators
	})
	add("the key of an innocent", appHash, func(ev *cmttypes.LightClientAttackEvidence) {
		swapped := *ev.ByzantineValidators[0]
		swapped.PubKey = alt.Validators[0].PubKey
		ev.ByzantineValidators[0] = &swapped
	})
	add("a vote that nobody cast", appHash, func(ev *cmttypes.LightClientAttackEvidence) {
		ev.ConflictingBlock.Commit.Signatures[2].Signature[5] ^= 1
	})
	add("validators of another header", appHash, func(ev *cmttypes.LightClientAttackEvidence) {
		ev.ConflictingBlock.ValidatorSet = both.ValidatorSet
	})
	return entries
}

func judge(name string, ev *cmttypes.LightClientAttackEvidence, common, trusted *cmttypes.LightBlock) object {
	ancestor := common
	if ev.CommonHeight == trusted.Height {
		ancestor = trusted
	}
	err := ev.ValidateBasic()
	if err == nil && !ev.Time().Equal(ancestor.Time) {
		err = fmt.Errorf("evidence has a different time to the block it is associated with")
	}
	if err == nil {
		err = evidence.VerifyLightClientAttack(
			ev, ancestor.SignedHeader, trusted.SignedHeader, ancestor.ValidatorSet, trusted.Time, time.Hour,
		)
	}
	return object{
		"name": name, "error": text(err), "evidence": toHex(ev.Bytes()),
		"common": block(ancestor), "trusted": block(trusted),
	}
}

package main

import (
	"bytes"
	"strings"
	"time"

	"github.com/cometbft/cometbft/evidence"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"
)

// attacks is evidence of each kind of attack, as CometBFT's light client makes
// it, and what a full node says of it.
func attacks() []object {
	common := at(4).sign()
	appHash := at(9)
	appHash.appHash = 77
	// Two of three own the chain at height 4; they made a set of their own.
	made := newSet(member{1, 10}, member{2, 30}, member{7, 20}, member{8, 5})
	stranger := by(appHash, made)
	stranger.signs = only(0, 1, 2)
	equivocation := later(at(9), time.Second)
	partly := equivocation
	partly.signs = func(index int) cmttypes.BlockIDFlag {
		return []cmttypes.BlockIDFlag{cmttypes.BlockIDFlagCommit, cmttypes.BlockIDFlagCommit, cmttypes.BlockIDFlagNil, cmttypes.BlockIDFlagCommit}[index]
	}
	four := newSet(member{1, 10}, member{2, 30}, member{3, 20}, member{4, 20})
	partly = by(partly, four)
	partly.next = four
	truth := by(at(9), four)
	truth.next = four
	truth.signs = only(0, 2, 3)
	amnesia := equivocation
	amnesia.round = 1
	forward := appHash
	forward.height, forward.time = 15, at(8).time
	late := at(15)
	late.time = at(9).time
	return []object{
		attack("lunatic", appHash.sign(), at(9).sign(), common),
		attack("lunatic of other validators", stranger.sign(), at(9).sign(), common),
		attack("equivocation", equivocation.sign(), at(9).sign(), common),
		attack("equivocation of some", partly.sign(), truth.sign(), by(at(4), four).sign()),
		attack("amnesia", amnesia.sign(), at(9).sign(), common),
		attack("forward lunatic", forward.sign(), at(9).sign(), common),
		attack("time violation", late.sign(), at(9).sign(), common),
	}
}

func attack(name string, conflicting, trusted, common *cmttypes.LightBlock) object {
	ev := newEvidence(conflicting, trusted, common)
	ancestor := common
	if ev.CommonHeight == trusted.Height {
		ancestor = trusted
	}
	err := ev.ValidateBasic()
	if err == nil {
		err = evidence.VerifyLightClientAttack(ev, ancestor.SignedHeader, trusted.SignedHeader, ancestor.ValidatorSet, trusted.Time, time.Hour)
	}
	if err != nil {
		panic(name + ": " + err.Error())
	}
	entry := written(ev)
	entry["name"], entry["conflicting"], entry["trusted"], entry["common"] = name, block(conflicting), block(trusted), block(common)
	return entry
}

// newEvidence is newLightClientAttackEvidence of light/detector.go.
func newEvidence(conflicted, trusted, common *cmttypes.LightBlock) *cmttypes.LightClientAttackEvidence {
	ev := &cmttypes.LightClientAttackEvidence{ConflictingBlock: conflicted}
	if ev.ConflictingHeaderIsInvalid(trusted.Header) {
		ev.CommonHeight = common.Height
		ev.Timestamp = common.Time
		ev.TotalVotingPower = common.ValidatorSet.TotalVotingPower()
	} else {
		ev.CommonHeight = trusted.Height
		ev.Timestamp = trusted.Time
		ev.TotalVotingPower = trusted.ValidatorSet.TotalVotingPower()
	}
	ev.ByzantineValidators = ev.GetByzantineValidators(common.ValidatorSet, trusted.SignedHeader)
	return ev
}

// duplicateVotes is evidence against each validator that signed two blocks.
func duplicateVotes() []object {
	trusted, conflicting := at(9).sign(), later(at(9), time.Second).sign()
	var entries []object
	for index := range trusted.ValidatorSet.Validators {
		one, other := trusted.Commit.GetVote(int32(index)), conflicting.Commit.GetVote(int32(index))
		ev := must(cmttypes.NewDuplicateVoteEvidence(one, other, trusted.Time, trusted.ValidatorSet))
		if err := ev.ValidateBasic(); err != nil {
			panic(err)
		}
		if err := evidence.VerifyDuplicateVote(ev, chainID, trusted.ValidatorSet); err != nil {
			panic(err)
		}
		entry := written(ev)
		entry["trusted"], entry["conflicting"] = block(trusted), block(conflicting)
		entries = append(entries, entry)
	}
	return entries
}

func written(ev cmttypes.Evidence) object {
	text := string(must(cmtjson.Marshal(ev)))
	// The signature of an absent vote: others write an empty text for Go's null.
	empty := strings.ReplaceAll(text, `"signature":null`, `"signature":""`)
	var read cmttypes.Evidence
	if err := cmtjson.Unmarshal([]byte(empty), &read); err != nil || !bytes.Equal(read.Bytes(), ev.Bytes()) {
		panic("an empty signature is read as another")
	}
	return object{
		"json":  empty,
		"proto": toHex(must(must(cmttypes.EvidenceToProto(ev)).Marshal())),
		"hash":  toHex(ev.Hash()),
	}
}

func block(l *cmttypes.LightBlock) string { return toHex(must(must(l.ToProto()).Marshal())) }

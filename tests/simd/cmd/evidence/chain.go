package main

import (
	"bytes"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"

	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	ibctm "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
)

const chainID = "chain-1"

var start = time.Unix(1_000, 0).UTC()

// set is a validator set, each member made of a seed.
type set struct {
	*cmttypes.ValidatorSet
	keys map[string]ed25519.PrivKey
}

type member struct {
	seed  byte
	power int64
}

func newSet(members ...member) set {
	keys := make(map[string]ed25519.PrivKey)
	var validators []*cmttypes.Validator
	for _, m := range members {
		key := ed25519.GenPrivKeyFromSecret([]byte{m.seed})
		validators = append(validators, cmttypes.NewValidator(key.PubKey(), m.power))
		keys[string(key.PubKey().Address())] = key
	}
	return set{cmttypes.NewValidatorSet(validators), keys}
}

// the chain's own validators, those of a stranger, and both.
var (
	ours = newSet(member{1, 10}, member{2, 10}, member{3, 10})
	alt  = newSet(member{9, 100})
	both = newSet(member{1, 10}, member{2, 10}, member{3, 10}, member{9, 100})
)

// draft is a header before it is signed.
type draft struct {
	chainID    string
	height     int64
	time       time.Time
	validators set
	next       set
	appHash    byte
	dataHash   byte
	round      int32
	signs      func(index int) cmttypes.BlockIDFlag
}

func at(height int64) draft {
	return draft{
		chainID: chainID, height: height, time: start.Add(time.Duration(height) * 5 * time.Second),
		validators: ours, next: ours, appHash: 2, dataHash: 6,
	}
}

func (d draft) header() *cmttypes.Header {
	return &cmttypes.Header{
		Version: cmtversion.Consensus{Block: version.BlockProtocol, App: 1},
		ChainID: d.chainID, Height: d.height, Time: d.time,
		LastBlockID:    cmttypes.BlockID{Hash: octets(4), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: octets(5)}},
		LastCommitHash: octets(7), DataHash: octets(d.dataHash),
		ValidatorsHash: d.validators.Hash(), NextValidatorsHash: d.next.Hash(),
		ConsensusHash: octets(1), AppHash: octets(d.appHash), LastResultsHash: octets(8), EvidenceHash: octets(9),
		ProposerAddress: d.validators.GetProposer().Address,
	}
}

func (d draft) sign() *cmttypes.LightBlock {
	header := d.header()
	id := cmttypes.BlockID{Hash: header.Hash(), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: octets(3)}}
	commit := &cmttypes.Commit{Height: d.height, Round: d.round, BlockID: id}
	for index, validator := range d.validators.Validators {
		commit.Signatures = append(commit.Signatures, d.vote(index, validator, id))
	}
	return &cmttypes.LightBlock{
		SignedHeader: &cmttypes.SignedHeader{Header: header, Commit: commit}, ValidatorSet: d.validators.ValidatorSet,
	}
}

func (d draft) vote(index int, validator *cmttypes.Validator, id cmttypes.BlockID) cmttypes.CommitSig {
	flag := cmttypes.BlockIDFlagCommit
	if d.signs != nil {
		flag = d.signs(index)
	}
	switch flag {
	case cmttypes.BlockIDFlagAbsent:
		return cmttypes.NewCommitSigAbsent()
	case cmttypes.BlockIDFlagNil:
		id = cmttypes.BlockID{}
	}
	// No two votes are of one time, and none is of a whole second.
	vote := &cmttypes.Vote{
		Type: cmtproto.PrecommitType, Height: d.height, Round: d.round, BlockID: id,
		Timestamp:        d.time.Add(time.Duration(index+1) * 1_234_567 * time.Nanosecond),
		ValidatorAddress: validator.Address, ValidatorIndex: int32(index),
	}
	key := d.validators.keys[string(validator.Address)]
	vote.Signature = must(key.Sign(cmttypes.VoteSignBytes(d.chainID, vote.ToProto())))
	return vote.CommitSig()
}

// tm is the header as an ICS-07 client takes it.
func (d draft) tm(trusted clienttypes.Height, validators *set) *ibctm.Header {
	block := d.sign()
	header := &ibctm.Header{
		SignedHeader: block.SignedHeader.ToProto(), ValidatorSet: must(block.ValidatorSet.ToProto()), TrustedHeight: trusted,
	}
	if validators != nil {
		header.TrustedValidators = must(validators.ToProto())
	}
	return header
}

func octets(seed byte) []byte { return bytes.Repeat([]byte{seed}, 32) }

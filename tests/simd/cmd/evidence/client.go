package main

import (
	"fmt"
	"strconv"
	"time"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log"
	"cosmossdk.io/store/dbadapter"
	storetypes "cosmossdk.io/store/types"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	commitmenttypes "github.com/cosmos/ibc-go/v10/modules/core/23-commitment/types"
	host "github.com/cosmos/ibc-go/v10/modules/core/24-host"
	"github.com/cosmos/ibc-go/v10/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
)

const (
	clientID       = "07-tendermint-0"
	trustingPeriod = 14 * 24 * time.Hour
)

var cdc = func() codec.BinaryCodec {
	registry := codectypes.NewInterfaceRegistry()
	clienttypes.RegisterInterfaces(registry)
	ibctm.RegisterInterfaces(registry)
	return codec.NewProtoCodec(registry)
}()

// client is what a chain holds of a client.
type client struct {
	state   *ibctm.ClientState
	held    map[clienttypes.Height]*ibctm.ConsensusState
	heights []clienttypes.Height
	now     time.Time
}

func height(revision, height uint64) clienttypes.Height {
	return clienttypes.NewHeight(revision, height)
}

// tracking is a client of a chain that knows height 10 of it, at the time of height 40.
func tracking(chain string) *client {
	latest := height(clienttypes.ParseChainID(chain), 10)
	state := ibctm.NewClientState(
		chain, ibctm.DefaultTrustLevel, trustingPeriod, trustingPeriod*3/2, 10*time.Second, latest,
		commitmenttypes.GetSDKSpecs(), []string{"upgrade", "upgradedIBCState"},
	)
	c := &client{state: state, held: map[clienttypes.Height]*ibctm.ConsensusState{}, now: at(40).time}
	c.hold(latest, at(10))
	return c
}

func (c *client) hold(height clienttypes.Height, d draft) {
	header := d.header()
	c.holdState(height, ibctm.NewConsensusState(header.Time, commitmenttypes.NewMerkleRoot(header.AppHash), header.NextValidatorsHash))
}

func (c *client) holdState(height clienttypes.Height, state *ibctm.ConsensusState) {
	if _, found := c.held[height]; !found {
		c.heights = append(c.heights, height)
	}
	c.held[height] = state
	if height.GT(c.state.LatestHeight) {
		c.state.LatestHeight = height
	}
}

// upgraded is what VerifyUpgradeAndUpdateState leaves of a client: the next
// revision, and the consensus states of the one before.
func (c *client) upgraded(to string, first draft) {
	c.state.ChainId = to
	c.hold(height(clienttypes.ParseChainID(to), uint64(first.height)), first)
}

func (c *client) store() storetypes.KVStore {
	store := dbadapter.Store{DB: dbm.NewMemDB()}
	for _, height := range c.heights {
		store.Set(host.ConsensusStateKey(height), clienttypes.MustMarshalConsensusState(cdc, c.held[height]))
		ibctm.SetIterationKey(store, height)
	}
	return store
}

// verdict is what ibc-go says, step by step, as its own tests ask.
type verdict struct {
	basic, verify error
	found         bool
}

func (c *client) judge(message exported.ClientMessage) (v verdict) {
	defer func() {
		if panicked := recover(); panicked != nil {
			v.verify = fmt.Errorf("panic: %v", panicked)
		}
	}()
	ctx := sdk.NewContext(nil, cmtproto.Header{Time: c.now}, false, log.NewNopLogger())
	store := c.store()
	if v.basic = message.ValidateBasic(); v.basic != nil {
		return v
	}
	v.verify = c.state.VerifyClientMessage(ctx, cdc, store, message)
	v.found = c.state.CheckForMisbehaviour(ctx, cdc, store, message)
	return v
}

func (c *client) json() object {
	var states []object
	for _, height := range c.heights {
		states = append(states, object{
			"revision_number": u64(height.RevisionNumber), "revision_height": u64(height.RevisionHeight),
			"state": toHex(must(c.held[height].Marshal())),
		})
	}
	return object{
		"client_state": toHex(must(c.state.Marshal())), "consensus_states": states, "now": u64(uint64(c.now.UnixNano())),
	}
}

// marshaler is a message that can be written.
type marshaler interface {
	exported.ClientMessage
	Marshal() ([]byte, error)
}

func (c *client) case_(suite, name string, message marshaler) object {
	kind := "header"
	if _, is := message.(*ibctm.Misbehaviour); is {
		kind = "misbehaviour"
	}
	v := c.judge(message)
	entry := c.json()
	entry["suite"], entry["name"], entry["kind"] = suite, name, kind
	entry["message"] = toHex(must(message.Marshal()))
	entry["basic"], entry["verify"], entry["found"] = text(v.basic), text(v.verify), v.found
	return entry
}

func text(err error) string {
	if err == nil {
		return ""
	}
	// The validator sets of a text are the message's own.
	if text := err.Error(); len(text) <= 300 {
		return text
	}
	return err.Error()[:100] + " .. " + err.Error()[len(err.Error())-100:]
}

func u64(n uint64) string { return strconv.FormatUint(n, 10) }

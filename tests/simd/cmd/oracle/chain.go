package main

import (
	"fmt"
	"time"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log"
	"cosmossdk.io/store"
	"cosmossdk.io/store/metrics"
	storetypes "cosmossdk.io/store/types"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/runtime"
	sdk "github.com/cosmos/cosmos-sdk/types"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	clientkeeper "github.com/cosmos/ibc-go/v10/modules/core/02-client/keeper"
	clienttypes "github.com/cosmos/ibc-go/v10/modules/core/02-client/types"
	host "github.com/cosmos/ibc-go/v10/modules/core/24-host"
	"github.com/cosmos/ibc-go/v10/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v10/modules/light-clients/07-tendermint"
)

const clientID = "07-tendermint-0"

// testCase is a client on a chain, the time there, and what it is updated with.
type testCase struct {
	ClientState     []byte `json:"client_state"`
	ConsensusStates []held `json:"consensus_states"`
	// Unix nanoseconds.
	Now     uint64 `json:"now,string"`
	TypeURL string `json:"type_url"`
	Message []byte `json:"message"`
}

// held is a consensus state at its height.
type held struct {
	RevisionNumber uint64 `json:"revision_number,string"`
	RevisionHeight uint64 `json:"revision_height,string"`
	State          []byte `json:"state"`
}

func (h held) height() clienttypes.Height {
	return clienttypes.NewHeight(h.RevisionNumber, h.RevisionHeight)
}

// verdict is what becomes of the client.
type verdict struct {
	// Effect is "refuses", "freezes", "updates" or "nothing".
	Effect string `json:"effect"`
	// Error says why it is refused.
	Error string `json:"error,omitempty"`
	// Gained is the consensus state that an update brought.
	Gained *held `json:"gained,omitempty"`
	// LatestHeight is that of the client afterwards.
	LatestHeight string `json:"latest_height"`
}

// chain is the client keeper of a chain with 07-tendermint, and nothing else.
type chain struct {
	store    storetypes.CommitMultiStore
	registry codectypes.InterfaceRegistry
	cdc      codec.BinaryCodec
	keeper   *clientkeeper.Keeper
}

func newChain() *chain {
	registry := codectypes.NewInterfaceRegistry()
	clienttypes.RegisterInterfaces(registry)
	ibctm.RegisterInterfaces(registry)
	cdc := codec.NewProtoCodec(registry)
	key := storetypes.NewKVStoreKey(exported.StoreKey)
	multistore := store.NewCommitMultiStore(dbm.NewMemDB(), log.NewNopLogger(), metrics.NewNoOpMetrics())
	multistore.MountStoreWithDB(key, storetypes.StoreTypeIAVL, nil)
	if err := multistore.LoadLatestVersion(); err != nil {
		panic(err)
	}
	// The keeper needs the upgrade module at an upgrade alone.
	keeper := clientkeeper.NewKeeper(cdc, runtime.NewKVStoreService(key), nil, nil)
	keeper.AddRoute(ibctm.ModuleName, ibctm.NewLightClientModule(cdc, keeper.GetStoreProvider()))
	keeper.SetParams(sdk.NewContext(multistore, cmtproto.Header{}, false, log.NewNopLogger()), clienttypes.DefaultParams())
	return &chain{multistore, registry, cdc, keeper}
}

// judge has the client of a case, and nothing of any other.
func (c *chain) judge(given *testCase) verdict {
	const second = uint64(time.Second)
	now := time.Unix(int64(given.Now/second), int64(given.Now%second)).UTC()
	header := cmtproto.Header{ChainID: "host-1", Height: 100, Time: now}
	ctx := sdk.NewContext(c.store.CacheMultiStore(), header, false, log.NewNopLogger())
	c.create(ctx, given)
	// A message that panics is undone, as one that fails.
	tx, write := ctx.CacheContext()
	err := c.update(tx, given)
	if err == nil {
		write()
	}
	return c.tell(ctx, given, err)
}

// create leaves the client as its own life would have left it.
func (c *chain) create(ctx sdk.Context, given *testCase) {
	var state ibctm.ClientState
	c.cdc.MustUnmarshal(given.ClientState, &state)
	c.keeper.SetClientState(ctx, clientID, &state)
	for _, held := range given.ConsensusStates {
		var state ibctm.ConsensusState
		c.cdc.MustUnmarshal(held.State, &state)
		c.keeper.SetClientConsensusState(ctx, clientID, held.height(), &state)
		store := c.keeper.ClientStore(ctx, clientID)
		ibctm.SetProcessedTime(store, held.height(), uint64(state.Timestamp.UnixNano()))
		ibctm.SetProcessedHeight(store, held.height(), clienttypes.NewHeight(1, 1))
		ibctm.SetIterationKey(store, held.height())
	}
}

// update is what becomes of a MsgUpdateClient: it is read, checked by itself, as
// the ante handler does, and handed to the client.
func (c *chain) update(ctx sdk.Context, given *testCase) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	message := &clienttypes.MsgUpdateClient{
		ClientId:      clientID,
		ClientMessage: &codectypes.Any{TypeUrl: given.TypeURL, Value: given.Message},
		Signer:        sdk.AccAddress(make([]byte, 20)).String(),
	}
	if err := message.UnpackInterfaces(c.registry); err != nil {
		return err
	}
	if err := message.ValidateBasic(); err != nil {
		return err
	}
	unpacked, err := clienttypes.UnpackClientMessage(message.ClientMessage)
	if err != nil {
		return err
	}
	return c.keeper.UpdateClient(ctx, message.ClientId, unpacked)
}

// tell compares the client with what it was.
func (c *chain) tell(ctx sdk.Context, given *testCase, err error) verdict {
	told := verdict{LatestHeight: c.keeper.GetClientLatestHeight(ctx, clientID).String()}
	if err != nil {
		told.Effect, told.Error = "refuses", shorten(err.Error())
		return told
	}
	if c.keeper.GetClientStatus(ctx, clientID) == exported.Frozen {
		told.Effect = "freezes"
		return told
	}
	had := make(map[clienttypes.Height]bool)
	for _, held := range given.ConsensusStates {
		had[held.height()] = true
	}
	told.Effect = "nothing"
	store := c.keeper.ClientStore(ctx, clientID)
	ibctm.IterateConsensusStateAscending(store, func(height exported.Height) bool {
		at := clienttypes.NewHeight(height.GetRevisionNumber(), height.GetRevisionHeight())
		if had[at] {
			return false
		}
		state := clienttypes.MustUnmarshalConsensusState(c.cdc, store.Get(host.ConsensusStateKey(at)))
		told.Effect = "updates"
		told.Gained = &held{at.RevisionNumber, at.RevisionHeight, c.cdc.MustMarshal(state.(*ibctm.ConsensusState))}
		return true
	})
	return told
}

// shorten leaves out the middle: validator sets stand there.
func shorten(text string) string {
	if len(text) <= 400 {
		return text
	}
	return text[:200] + " .. " + text[len(text)-200:]
}

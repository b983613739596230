package main

import (
	"encoding/json"
	"fmt"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log"
	storetypes "cosmossdk.io/store/types"

	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"

	channeltypes "github.com/cosmos/ibc-go/v10/modules/core/04-channel/types"
	ibctesting "github.com/cosmos/ibc-go/v10/testing"
	"github.com/cosmos/ibc-go/v10/testing/simapp"

	"lightship.dev/simd/probe"
)

const lateTimeout = `"timeout_timestamp":"9000000000000000000"`

var modules = map[*simapp.SimApp]probe.Module{}

func init() {
	ibctesting.DefaultTestingAppInit = func() (ibctesting.TestingApp, map[string]json.RawMessage) {
		app, module := newApp(log.NewNopLogger(), dbm.NewMemDB(), nil, simtestutil.EmptyAppOptions{})
		modules[app] = module
		return app, app.DefaultGenesis()
	}
}

type memoTx struct {
	sdk.Tx
	memo string
}

func (t memoTx) GetMemo() string { return t.memo }

// act does what a transaction with this memo would do, in a block of its own.
func act(end *ibctesting.Endpoint, memo string) (sdk.Context, error) {
	ctx := end.Chain.GetContext().WithEventManager(sdk.NewEventManager()).WithExecMode(sdk.ExecModeFinalize)
	ctx, err := modules[end.Chain.GetSimApp()].PostHandler(ctx, memoTx{memo: memo}, false, true)
	if err == nil {
		end.Chain.Coordinator.CommitBlock(end.Chain)
		err = end.Counterparty.UpdateClient()
	}
	return ctx, err
}

func openPath(t *testing.T, order channeltypes.Order) *ibctesting.Path {
	coordinator := ibctesting.NewCoordinator(t, 2)
	path := ibctesting.NewPath(coordinator.GetChain(ibctesting.GetChainID(1)), coordinator.GetChain(ibctesting.GetChainID(2)))
	for _, end := range []*ibctesting.Endpoint{path.EndpointA, path.EndpointB} {
		end.ChannelConfig = &ibctesting.ChannelConfig{PortID: probe.PortID, Version: "any version", Order: order}
	}
	path.Setup()
	return path
}

func send(t *testing.T, path *ibctesting.Path, data string) channeltypes.Packet {
	memo := fmt.Sprintf(`{"probe":{"send":{"channel":%q,"data":"hex:%x",%s}}}`, path.EndpointA.ChannelID, data, lateTimeout)
	ctx, err := act(path.EndpointA, memo)
	require.NoError(t, err)
	packet, err := ibctesting.ParseV1PacketFromEvents(ctx.EventManager().ABCIEvents())
	require.NoError(t, err)
	require.Equal(t, data, string(packet.Data))
	return packet
}

func TestPacketDataDecidesTheAcknowledgement(t *testing.T) {
	for _, order := range []channeltypes.Order{channeltypes.UNORDERED, channeltypes.ORDERED} {
		path := openPath(t, order)
		for data, want := range map[string]string{
			`{"probe":"ack","ack":"text:{ odd }","pad":"x"}`: `{ odd }`,
			`{"probe":"error","ack":"hex:ff00"}`:             "\xff\x00",
			`{"probe":"error"}`:                              `{"error":"ABCI code: 4: error handling packet: see events for details"}`,
			`no JSON`:                                        `{"result":"AQ=="}`,
		} {
			packet := send(t, path, data)
			result, err := path.EndpointB.RecvPacketWithResult(packet)
			require.NoError(t, err)
			ack, err := ibctesting.ParseAckFromEvents(result.Events)
			require.NoError(t, err)
			require.Equal(t, want, string(ack))
			require.NoError(t, path.EndpointA.AcknowledgePacket(packet, ack))
		}
	}
}

func TestLateAcknowledgementIsWrittenByMemo(t *testing.T) {
	path := openPath(t, channeltypes.UNORDERED)
	packet := send(t, path, `{"probe":"late"}`)
	require.NoError(t, path.EndpointB.RecvPacket(packet))
	memo := fmt.Sprintf(`{"probe":[{"ack":{"channel":%q,"sequence":"1","ack":"at last"}}]}`, path.EndpointB.ChannelID)
	ctx, err := act(path.EndpointB, memo)
	require.NoError(t, err)
	ack, err := ibctesting.ParseAckFromEvents(ctx.EventManager().ABCIEvents())
	require.NoError(t, err)
	require.Equal(t, "at last", string(ack))
	require.NoError(t, path.EndpointA.AcknowledgePacket(packet, ack))
	_, err = act(path.EndpointB, memo)
	require.ErrorContains(t, err, "no packet waits")
}

func TestRefusalFailsTheMessageUntilItIsTurnedOff(t *testing.T) {
	path := openPath(t, channeltypes.UNORDERED)
	packet := send(t, path, `{"probe":"refuse","gas":50000,"refuse_ack":true}`)
	_, err := path.EndpointB.RecvPacketWithResult(packet)
	require.ErrorContains(t, err, "message index: 0: acknowledgement cannot be empty: invalid acknowledgement")

	_, err = act(path.EndpointB, `{"probe":{"refuse":false}}`)
	require.NoError(t, err)
	require.NoError(t, path.EndpointB.UpdateClient())
	result, err := path.EndpointB.RecvPacketWithResult(packet)
	require.NoError(t, err)
	require.Greater(t, result.GasUsed, int64(50000))
	ack, err := ibctesting.ParseAckFromEvents(result.Events)
	require.NoError(t, err)
	require.ErrorContains(t, path.EndpointA.AcknowledgePacket(packet, ack), "refused")
}

func TestWhatCountsInDeliveryAloneIsNotSeenByASimulation(t *testing.T) {
	path := openPath(t, channeltypes.UNORDERED)
	packet := send(t, path, `{"probe":"refuse","gas":50000,"in_delivery":true}`)
	chain := path.EndpointB.Chain
	module := modules[chain.App.(*simapp.SimApp)]
	for mode, refused := range map[sdk.ExecMode]bool{sdk.ExecModeSimulate: false, sdk.ExecModeFinalize: true} {
		ctx := chain.GetContext().WithExecMode(mode).WithGasMeter(storetypes.NewInfiniteGasMeter())
		ack := module.OnRecvPacket(ctx, "", packet, nil)
		require.Equal(t, refused, len(ack.Acknowledgement()) == 0)
		require.Equal(t, refused, ctx.GasMeter().GasConsumed() >= 50000)
	}
}

func TestMemoClosesTheChannel(t *testing.T) {
	path := openPath(t, channeltypes.ORDERED)
	_, err := act(path.EndpointA, fmt.Sprintf(`{"probe":{"close":{"channel":%q}}}`, path.EndpointA.ChannelID))
	require.NoError(t, err)
	require.Equal(t, channeltypes.CLOSED, path.EndpointA.GetChannel().State)
}

func TestMemoSendsManyPackets(t *testing.T) {
	path := openPath(t, channeltypes.UNORDERED)
	memo := fmt.Sprintf(`{"probe":{"send":{"channel":%q,"data":"x","count":3,%s}}}`, path.EndpointA.ChannelID, lateTimeout)
	ctx, err := act(path.EndpointA, memo)
	require.NoError(t, err)
	packets, err := ibctesting.ParseIBCV1Packets(channeltypes.EventTypeSendPacket, ctx.EventManager().ABCIEvents())
	require.NoError(t, err)
	require.Len(t, packets, 3)
}

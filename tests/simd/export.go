package main

import (
	"encoding/json"
	"fmt"
	"io"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/x/staking"
)

// exportApp writes down the latest state for the genesis of a chain that goes
// on with it, under another id. What the probe holds is not part of it.
func exportApp(
	logger log.Logger, db dbm.DB, trace io.Writer, height int64, forZeroHeight bool, _ []string,
	options servertypes.AppOptions, modules []string,
) (servertypes.ExportedApp, error) {
	if height != -1 || forZeroHeight {
		return servertypes.ExportedApp{}, fmt.Errorf("only the latest state can be exported, at its height")
	}
	app, _ := newApp(logger, db, trace, options)
	ctx := app.NewContextLegacy(true, cmtproto.Header{Height: app.LastBlockHeight()})
	if len(modules) == 0 {
		// Simapp orders a module that it does not hold.
		for _, name := range app.ModuleManager.OrderExportGenesis {
			if _, is := app.ModuleManager.Modules[name]; is {
				modules = append(modules, name)
			}
		}
	}
	genesis, err := app.ModuleManager.ExportGenesisForModules(ctx, app.AppCodec(), modules)
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	state, err := json.Marshal(genesis)
	if err != nil {
		return servertypes.ExportedApp{}, err
	}
	validators, err := staking.WriteValidators(ctx, app.StakingKeeper)
	return servertypes.ExportedApp{
		AppState:        state,
		Validators:      validators,
		Height:          app.LastBlockHeight() + 1,
		ConsensusParams: app.GetConsensusParams(ctx),
	}, err
}

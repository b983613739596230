// Command simd is a chain of the tests as simd one directory up, but of
// ibc-go v11 and CometBFT 0.39, and without the probe application.
//
// What a relayer meets there is what it meets on v10: events, errors, proofs,
// and a light client that freezes by a Misbehaviour or by a true header in
// MsgUpdateClient. MsgSubmitMisbehaviour, which v10 still takes, is gone. What
// differs is how a node is built:
//
//   - logs come from cosmossdk.io/log/v2, and stores from the SDK's store/v2;
//   - an application is made without a trace writer (SDK v0.54).
package main

import (
	"fmt"
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/viper"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/cosmos/ibc-go/v11/testing/simapp"

	"lightship.dev/simd/node"
)

func main() {
	if err := svrcmd.Execute(node.RootCommand(application()), "SIMD", simapp.DefaultNodeHome); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func application() node.Application {
	home, err := os.MkdirTemp("", "simd")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	options := viper.New()
	options.Set(flags.FlagHome, home)
	// The commands need the codecs, and only an application knows them.
	app := newApp(log.NewNopLogger(), dbm.NewMemDB(), options)
	return node.Application{
		Codecs: app, Modules: app.BasicModuleManager, Home: simapp.DefaultNodeHome, Create: createApp, Export: exportApp,
	}
}

func createApp(logger log.Logger, db dbm.DB, options servertypes.AppOptions) servertypes.Application {
	return newApp(logger, db, options, server.DefaultBaseappOptions(options)...)
}

// exportApp refuses: the chain that goes on under another id is of v10.
func exportApp(
	log.Logger, dbm.DB, int64, bool, []string, servertypes.AppOptions, []string,
) (servertypes.ExportedApp, error) {
	return servertypes.ExportedApp{}, fmt.Errorf("a chain of ibc-go v11 is not exported")
}

// newApp is ibc-go's simapp that takes fees.
func newApp(
	logger log.Logger, db dbm.DB, options servertypes.AppOptions, baseAppOptions ...func(*baseapp.BaseApp),
) *simapp.SimApp {
	app := simapp.NewSimApp(logger, db, nil, false, options, baseAppOptions...)
	app.SetAnteHandler(anteHandler(app))
	if err := app.LoadLatestVersion(); err != nil {
		panic(err)
	}
	return app
}

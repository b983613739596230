// Command simd is a chain of the tests: ibc-go's simapp behind the usual
// commands of an SDK node, with real fees and the probe application.
package main

import (
	"fmt"
	"io"
	"os"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/viper"

	"cosmossdk.io/log"

	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/cosmos/ibc-go/v10/testing/simapp"

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
	app, _ := newApp(log.NewNopLogger(), dbm.NewMemDB(), nil, options)
	return node.Application{
		Codecs: app, Modules: app.BasicModuleManager, Home: simapp.DefaultNodeHome, Create: createApp, Export: exportApp,
	}
}

func createApp(logger log.Logger, db dbm.DB, trace io.Writer, options servertypes.AppOptions) servertypes.Application {
	app, _ := newApp(logger, db, trace, options, server.DefaultBaseappOptions(options)...)
	return app
}

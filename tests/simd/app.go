package main

import (
	"io"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log"
	storetypes "cosmossdk.io/store/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"

	porttypes "github.com/cosmos/ibc-go/v10/modules/core/05-port/types"
	ibcante "github.com/cosmos/ibc-go/v10/modules/core/ante"
	"github.com/cosmos/ibc-go/v10/testing/simapp"

	"lightship.dev/simd/probe"
)

// newApp is ibc-go's simapp that takes fees and holds the probe application.
func newApp(
	logger log.Logger, db dbm.DB, trace io.Writer, options servertypes.AppOptions, baseAppOptions ...func(*baseapp.BaseApp),
) (*simapp.SimApp, probe.Module) {
	app := simapp.NewSimApp(logger, db, trace, false, options, baseAppOptions...)
	app.SetAnteHandler(anteHandler(app))
	module := addProbe(app)
	if err := app.LoadLatestVersion(); err != nil {
		panic(err)
	}
	return app, module
}

// anteHandler is simapp's list with the fee decorator that simapp leaves out.
func anteHandler(app *simapp.SimApp) sdk.AnteHandler {
	return sdk.ChainAnteDecorators(
		ante.NewSetUpContextDecorator(),
		ante.NewExtensionOptionsDecorator(nil),
		ante.NewValidateBasicDecorator(),
		ante.NewTxTimeoutHeightDecorator(),
		ante.NewValidateMemoDecorator(app.AccountKeeper),
		ante.NewConsumeGasForTxSizeDecorator(app.AccountKeeper),
		ante.NewDeductFeeDecorator(app.AccountKeeper, app.BankKeeper, nil, nil),
		ante.NewSetPubKeyDecorator(app.AccountKeeper),
		ante.NewValidateSigCountDecorator(app.AccountKeeper),
		ante.NewSigGasConsumeDecorator(app.AccountKeeper, ante.DefaultSigVerificationGasConsumer),
		ante.NewSigVerificationDecorator(app.AccountKeeper, app.TxConfig().SignModeHandler()),
		ante.NewIncrementSequenceDecorator(app.AccountKeeper),
		ibcante.NewRedundantRelayDecorator(app.IBCKeeper),
	)
}

// addProbe routes the probe's port. Simapp seals its router, so a copy with
// one route more takes its place before any message can be handled.
func addProbe(app *simapp.SimApp) probe.Module {
	key := storetypes.NewKVStoreKey(probe.StoreKey)
	module := probe.New(key, app.IBCKeeper)

	sealed := app.IBCKeeper.PortKeeper.Router
	router := porttypes.NewRouter()
	for _, port := range sealed.Keys() {
		route, _ := sealed.Route(port)
		router.AddRoute(port, route)
	}
	router.AddRoute(probe.PortID, module)
	router.Seal()
	app.IBCKeeper.PortKeeper.Router = router

	app.MountStore(key, storetypes.StoreTypeIAVL)
	app.SetPostHandler(module.PostHandler)
	return module
}

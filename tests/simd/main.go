// Command simd is a chain of the tests: ibc-go's simapp behind the usual
// commands of an SDK node, with real fees and the probe application.
package main

import (
	"fmt"
	"os"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"

	"github.com/cosmos/ibc-go/v10/testing/simapp"
)

func main() {
	if err := svrcmd.Execute(rootCommand(), "SIMD", simapp.DefaultNodeHome); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

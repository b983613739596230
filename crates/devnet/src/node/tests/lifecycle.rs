use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::node::Fault;

#[tokio::test]
async fn a_node_listens_on_loopback_alone() {
    let devnet = Devnet::start().await;
    assert!(devnet.node().rpc().ip().is_loopback() && devnet.node().grpc().ip().is_loopback());
    assert_ne!(devnet.node().rpc().port(), 0);
}

#[tokio::test]
async fn a_stopped_node_breaks_its_connections_and_starts_again_on_the_same_port() {
    let devnet = Devnet::start().await;
    let (rpc, grpc) = (devnet.node().rpc(), devnet.node().grpc());
    // One connection that idles, and one with a call that is not answered.
    let mut idle = TcpStream::connect(rpc).await.unwrap();
    let mut open = TcpStream::connect(rpc).await.unwrap();
    let mut grpc_open = TcpStream::connect(grpc).await.unwrap();
    devnet.node().inject(Fault::Stall);
    open.write_all(b"GET /status HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    soon(async {
        while !devnet.node().calls().contains_key("status") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon(devnet.node().stop()).await;
    let mut rest = Vec::new();
    for stream in [&mut idle, &mut open, &mut grpc_open] {
        // Closed or reset, as long as it ends.
        soon(async { while stream.read_buf(&mut rest).await.is_ok_and(|count| count > 0) {} }).await;
    }
    assert!(TcpStream::connect(rpc).await.is_err());
    assert!(TcpStream::connect(grpc).await.is_err());
    // The chain goes on, and the other node with it.
    assert_eq!(devnet.chain().make_block(), 2);
    let other = ask(&devnet.chain().nodes()[1], "status", json!({})).await;
    assert_eq!(other["result"]["sync_info"]["latest_block_height"], "2");

    devnet.node().heal();
    devnet.node().start().await.unwrap();
    assert_eq!((devnet.node().rpc(), devnet.node().grpc()), (rpc, grpc));
    assert_eq!(devnet.call("status", json!({})).await["sync_info"]["latest_block_height"], "2");
    // Once more changes nothing.
    devnet.node().start().await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let devnet = Devnet::start().await;
    let mut second = setup("second-1");
    second.nodes = vec![NodePorts { rpc: devnet.node().rpc().port(), grpc: 0 }];
    let error = Network::start(vec![second]).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("JSON-RPC of second-1 on {}: ", devnet.node().rpc())), "{error}");
}

#[tokio::test]
async fn a_chain_may_give_way_to_its_next_revision_while_its_nodes_run() {
    let mut devnet = Devnet::start().await;
    let (_, height) = devnet.deliver();
    devnet.chain().with(|chain| *chain = chain.next_revision("devnet-2".parse().unwrap()).unwrap());
    let before = devnet.call("status", json!({})).await;
    assert_eq!(before["sync_info"]["latest_block_height"], "0");
    assert_eq!(devnet.chain().make_block(), height + 1);
    soon(devnet.chain().reached(height + 1)).await;
    let status = devnet.call("status", json!({})).await;
    assert_eq!(status["node_info"]["network"], "devnet-2");
    assert_eq!(status["sync_info"]["latest_block_height"], (height + 1).to_string());
    let genesis = devnet.call("genesis", json!({})).await["genesis"].clone();
    assert_eq!((&genesis["chain_id"], &genesis["initial_height"]), (&json!("devnet-2"), &json!("3")));
    assert_eq!(genesis["genesis_time"], status["sync_info"]["latest_block_time"]);
}

// Command kube-apiserver is Kubernetes' own API server, with its own flags, for tests. Unless --etcd-servers names an
// etcd, one runs inside the process, with its data in the folder $ETCD_DATA and its clients at $ETCD_URL, such as
// http://127.0.0.1:2379.
package main

import (
	"log"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	named := func(flag string) bool { return strings.HasPrefix(flag, "--etcd-servers") }
	if !slices.ContainsFunc(os.Args, named) {
		startEtcd(os.Getenv("ETCD_DATA"), os.Getenv("ETCD_URL"))
		os.Args = append(os.Args, "--etcd-servers="+os.Getenv("ETCD_URL"))
	}
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}

func startEtcd(folder, clients string) {
	address, err := url.Parse(clients)
	if err != nil || address.Host == "" || folder == "" {
		log.Fatalf("ETCD_DATA must be a folder and ETCD_URL like http://127.0.0.1:2379: %q, %q", folder, clients)
	}
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.EnableGRPCGateway = true
	config.ListenClientUrls = []url.URL{*address}
	config.AdvertiseClientUrls = config.ListenClientUrls
	peers := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config.ListenPeerUrls = []url.URL{peers}
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		log.Fatalf("etcd: %v", err)
	}
	select {
	case <-etcd.Server.ReadyNotify():
	case err := <-etcd.Err():
		log.Fatalf("etcd: %v", err)
	case <-time.After(30 * time.Second):
		log.Fatal("etcd: not ready after 30 s")
	}
}

use super::ingress::Forbidden;
use super::resources::{PrefixList, PrefixListEntries, SecurityGroup};
use crate::contract::Answer;
use crate::net::{Port, tcp, udp};

crate::check! {
    /// Database, cache and message-broker ports are closed to the internet
    ///
    /// Data stores are built for trusted neighbours: several ask for no password out of the box, the others are worth
    /// every guess. Open ones are found within hours, then copied, wiped or held to ransom.
    ///
    /// # Fix
    /// Let in the security group of the application instead of the internet, then take the open rule away:
    /// `aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE`
    ///
    /// # Source
    /// Security Hub EC2.19; the ports are those each product documents as its default
    over: SecurityGroup,
    reads: [PrefixList, PrefixListEntries],
    duty: SecurityGroups,
    severity: Critical,
}

/// What data stores and brokers listen on by default, in the order of their numbers.
const PORTS: &[Port] = &[
    tcp(1433, "SQL Server"),
    tcp(1434, "SQL Server administration"),
    udp(1434, "SQL Server browser"),
    tcp(1521, "Oracle"),
    tcp(1883, "MQTT"),
    tcp(2181, "ZooKeeper"),
    tcp(2379, "etcd"),
    tcp(2483, "Oracle"),
    tcp(2484, "Oracle over TLS"),
    tcp(3306, "MySQL"),
    tcp(5432, "PostgreSQL"),
    tcp(5439, "Redshift"),
    tcp(5601, "Kibana, OpenSearch Dashboards"),
    tcp(5672, "RabbitMQ"),
    tcp(5984, "CouchDB"),
    tcp(6379, "Redis"),
    tcp(7199, "Cassandra management"),
    tcp(8086, "InfluxDB"),
    tcp(8182, "Neptune"),
    tcp(8888, "Cassandra OpsCenter"),
    tcp(9042, "Cassandra"),
    tcp(9092, "Kafka"),
    tcp(9160, "Cassandra"),
    tcp(9200, "Elasticsearch, OpenSearch"),
    tcp(9300, "Elasticsearch, OpenSearch"),
    tcp(11211, "Memcached"),
    udp(11211, "Memcached"),
    tcp(15672, "RabbitMQ management"),
    tcp(27017, "MongoDB"),
    tcp(27018, "MongoDB"),
    tcp(27019, "MongoDB"),
    tcp(50000, "Db2"),
    tcp(61616, "ActiveMQ"),
];

async fn judge(group: &SecurityGroup, cloud: &Cloud) -> Answer {
    let praise = "keeps data stores and brokers from the internet";
    group.keeps_the_internet_from(Forbidden::AnyOf(PORTS), praise, cloud).await
}

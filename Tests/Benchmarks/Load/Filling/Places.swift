/// Cities with a region and a ZIP that fit together.
struct Place: Sendable {
    let city: String
    let region: String
    let zip: String

    static let all: [Place] = table.split(separator: "\n").map { line in
        let fields = line.split(separator: "|")
        return Place(city: String(fields[0]), region: String(fields[1]), zip: String(fields[2]))
    }

    private static let table = """
        Springfield|IL|62701
        Chicago|IL|60614
        Peoria|IL|61602
        Boston|MA|02118
        Worcester|MA|01608
        Providence|RI|02906
        Hartford|CT|06106
        New York|NY|10025
        Brooklyn|NY|11215
        Buffalo|NY|14209
        Rochester|NY|14607
        Newark|NJ|07104
        Trenton|NJ|08611
        Philadelphia|PA|19147
        Pittsburgh|PA|15217
        Baltimore|MD|21218
        Washington|DC|20009
        Richmond|VA|23220
        Raleigh|NC|27605
        Charlotte|NC|28205
        Charleston|SC|29403
        Atlanta|GA|30307
        Savannah|GA|31401
        Jacksonville|FL|32205
        Miami|FL|33135
        Tampa|FL|33606
        Birmingham|AL|35205
        Nashville|TN|37206
        Memphis|TN|38104
        Jackson|MS|39202
        New Orleans|LA|70119
        Little Rock|AR|72205
        Louisville|KY|40204
        Cincinnati|OH|45219
        Columbus|OH|43206
        Cleveland|OH|44113
        Indianapolis|IN|46203
        Detroit|MI|48208
        Grand Rapids|MI|49506
        Milwaukee|WI|53207
        Madison|WI|53703
        Minneapolis|MN|55408
        Saint Paul|MN|55105
        Des Moines|IA|50312
        Saint Louis|MO|63118
        Kansas City|MO|64111
        Omaha|NE|68105
        Wichita|KS|67211
        Oklahoma City|OK|73106
        Dallas|TX|75214
        Houston|TX|77006
        Austin|TX|78704
        San Antonio|TX|78210
        El Paso|TX|79902
        Albuquerque|NM|87106
        Denver|CO|80210
        Salt Lake City|UT|84105
        Boise|ID|83702
        Phoenix|AZ|85013
        Tucson|AZ|85716
        Las Vegas|NV|89104
        Los Angeles|CA|90026
        San Diego|CA|92104
        San José|CA|95112
        San Francisco|CA|94110
        Oakland|CA|94609
        Sacramento|CA|95816
        Portland|OR|97214
        Seattle|WA|98103
        Spokane|WA|99203
        Anchorage|AK|99503
        Honolulu|HI|96816
        Mayagüez|PR|00680
        Bayamón|PR|00961
        """
}
